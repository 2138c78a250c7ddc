"""The audit chain: rows written and rows verified a second. The goal is 100,000 verified."""

from datetime import timedelta

from .scratch import database, say, seconds, table

WRITTEN, VERIFIED = 1_000, 100_000


def main() -> None:
    with database():
        from django.db import connection, transaction
        from django.utils import timezone

        from talent.core.models import AuditEntry, AuditHead
        from talent.core.services import audit

        def write() -> None:
            for number in range(WRITTEN):
                audit.record("looked", subject=f"ZTC2026-{number}", detail={"event": number})

        apart = WRITTEN / seconds(write)
        with transaction.atomic():
            together = WRITTEN / seconds(write)

        head, rows = AuditHead.objects.get(), []
        for number in range(VERIFIED - head.seq):
            row = AuditEntry(
                seq=head.seq + 1, at=timezone.now() + timedelta(seconds=number), actor_id_value=7, actor_name="经办人",
                action="form_reviewed", subject=f"ZTC2026-{number:04d}", address="10.0.0.1",
                detail={"event": number, "event_hash": "a" * 64}, previous_hash=head.hash,
            )  # fmt: skip
            row.hash = row.computed_hash()
            head.seq, head.hash = row.seq, row.hash
            rows.append(row)
        AuditEntry.objects.bulk_create(rows, batch_size=5000)
        head.save()
        names = ", ".join(field.column for field in AuditEntry._meta.concrete_fields)

        def read() -> None:
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT {names} FROM core_auditentry ORDER BY seq")
                while cursor.fetchmany(2000):
                    pass

        def verify() -> None:
            result = audit.verify()
            assert (result.ok, result.checked) == (True, VERIFIED), result

        raw = VERIFIED / min(seconds(read) for _round in range(3))
        verified = VERIFIED / min(seconds(verify) for _round in range(3))
        table(
            "审计链",
            ("做什么", "行/秒", "与对照之比"),
            [
                ("逐条写入，各自提交", f"{apart:,.0f}", ""),
                ("逐条写入，一次提交", f"{together:,.0f}", f"{together / apart:.1f} × 各自提交"),
                (f"只读出 {VERIFIED:,} 行", f"{raw:,.0f}", ""),
                ("读出并验证", f"{verified:,.0f}", f"{verified / raw:.2f} × 只读出"),
            ],
        )
        say(f"目标：验证 ≥ 100,000 行/秒，{'达到' if verified >= 100_000 else '未达到'}。")


if __name__ == "__main__":
    main()
