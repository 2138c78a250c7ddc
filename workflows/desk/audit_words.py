"""The audit chain in words: it stores short codes, its readers see what happened.

A code without a word here is shown as it is stored, so that nothing is ever hidden; the browser tests fail on it.
"""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from talent.core.models import AuditEntry

ACTIONS = {
    # signing in, accounts
    "signed_in": gettext_lazy("登录"),
    "signed_out": gettext_lazy("退出登录"),
    "sign_in_failed": gettext_lazy("登录失败"),
    "account_locked": gettext_lazy("账号锁定"),
    "password_changed": gettext_lazy("修改密码"),
    "refused": gettext_lazy("越权访问被拒"),
    "second_factor_enrolled": gettext_lazy("启用动态口令"),
    "second_factor_proved": gettext_lazy("验证动态口令"),
    "second_factor_failed": gettext_lazy("动态口令错误"),
    "second_factor_locked": gettext_lazy("动态口令锁定"),
    "second_factor_given_up": gettext_lazy("更换验证器"),
    "second_factor_reset": gettext_lazy("重置动态口令"),
    "recovery_code_used": gettext_lazy("使用恢复码"),
    "recovery_codes_renewed": gettext_lazy("重新生成恢复码"),
    "draft_purged": gettext_lazy("草稿到期清除"),
    # posts, deputies, organisations
    "appointed": gettext_lazy("任命"),
    "appointment_prolonged": gettext_lazy("延长任期"),
    "dismissed": gettext_lazy("免去"),
    "deputy_named": gettext_lazy("设置代理"),
    "deputy_revoked": gettext_lazy("撤销代理"),
    "shadows_synced": gettext_lazy("同步授权"),
    "organisation_registered": gettext_lazy("单位注册"),
    "organisation_confirmed": gettext_lazy("单位核验通过"),
    "organisation_refused": gettext_lazy("单位核验不通过"),
    "invited": gettext_lazy("邀请成员"),
    "invitation_accepted": gettext_lazy("接受邀请"),
    "invitation_revoked": gettext_lazy("撤回邀请"),
    "candidate_invited": gettext_lazy("邀请人选"),
    "candidate_joined": gettext_lazy("人选开通账号"),
    # persons and documents
    "profile_created": gettext_lazy("登记档案"),
    "profile_updated": gettext_lazy("修改档案"),
    "profile_anonymised": gettext_lazy("清除档案"),
    "revealed": gettext_lazy("查看完整号码"),
    "consent_given": gettext_lazy("同意使用信息"),
    "consent_withdrawn": gettext_lazy("撤回同意"),
    "document_uploaded": gettext_lazy("上传文件"),
    "document_verified": gettext_lazy("核验文件"),
    "upload_refused": gettext_lazy("文件未通过检查"),
    "material_attached": gettext_lazy("提交材料"),
    "material_detached": gettext_lazy("移除材料"),
    "material_ticked": gettext_lazy("审查材料"),
    "material_reused": gettext_lazy("复用材料"),
    "material_verified": gettext_lazy("核验材料"),
    # the case
    "recommended": gettext_lazy("推荐"),
    "recommendation_revised": gettext_lazy("修改推荐"),
    "returned_to_recommender": gettext_lazy("退回推荐单位"),
    "submitted": gettext_lazy("提交申报"),
    "accepted": gettext_lazy("受理"),
    "accepted_with_promise": gettext_lazy("容缺受理"),
    "not_accepted": gettext_lazy("不予受理"),
    "dispatched": gettext_lazy("分办"),
    "form_reviewed": gettext_lazy("形式审查"),
    "checks_asked": gettext_lazy("提请部门核查"),
    "check_answered": gettext_lazy("提出核查意见"),
    "check_confirmed": gettext_lazy("确认核查意见"),
    "check_sent_back": gettext_lazy("退回核查意见"),
    "check_revised": gettext_lazy("修改核查意见"),
    "check_overdue": gettext_lazy("逾期未复"),
    "checks_outside_clock": gettext_lazy("等待不计时的核查"),
    "checks_inside_clock": gettext_lazy("核查后继续计时"),
    "checks_concluded": gettext_lazy("核查汇总"),
    "check_explained": gettext_lazy("说明不利核查结论"),
    "decision_drafted": gettext_lazy("拟定决定"),
    "sent_back_to_drafter": gettext_lazy("退回重拟"),
    "decided": gettext_lazy("审定"),
    "recognised": gettext_lazy("制发认定书"),
    "agreement_drafted": gettext_lazy("拟定协议"),
    "agreement_sent_back": gettext_lazy("退回重拟协议"),
    "agreement_opened": gettext_lazy("协议送签"),
    "agreement_signed": gettext_lazy("提交签署件"),
    "agreement_in_force": gettext_lazy("协议生效"),
    "agreement_declined": gettext_lazy("一方不签协议"),
    "agreement_lapsed": gettext_lazy("协议逾期未签"),
    "service_ordered": gettext_lazy("提出服务事项"),
    "family_told": gettext_lazy("补充家属信息"),
    "service_claimed": gettext_lazy("接办服务事项"),
    "service_done": gettext_lazy("办结服务事项"),
    "service_impossible": gettext_lazy("服务事项不能办理"),
    "service_withdrawn": gettext_lazy("撤回服务事项"),
    "service_rated": gettext_lazy("评价服务"),
    "poor_mark_answered": gettext_lazy("回访差评"),
    "evaluation_opened": gettext_lazy("启动绩效评估"),
    "evaluation_reported": gettext_lazy("提交绩效评估报告"),
    "evaluation_proposed": gettext_lazy("提出评估结果"),
    "evaluation_sent_back": gettext_lazy("退回重评"),
    "evaluation_concluded": gettext_lazy("审核绩效评估"),
    "withdrawn": gettext_lazy("撤回申报"),
    "lapsed": gettext_lazy("逾期终止"),
    "stopped": gettext_lazy("终止办理"),
    "supplement_requested": gettext_lazy("要求补正"),
    "supplement_answered": gettext_lazy("完成补正"),
    "supplement_withdrawn": gettext_lazy("撤回补正"),
    "supplement_reminder": gettext_lazy("补正提醒"),
    "supplement_lapsed": gettext_lazy("补正逾期"),
    "promise_offered": gettext_lazy("提出容缺"),
    "promise_accepted": gettext_lazy("作出承诺"),
    "promise_declined": gettext_lazy("不作承诺"),
    "promise_fulfilled": gettext_lazy("履行承诺"),
    "promise_reminder": gettext_lazy("承诺提醒"),
    "promise_lapsed": gettext_lazy("承诺逾期"),
    "credit_repaired": gettext_lazy("信用修复"),
    "publicity_opened": gettext_lazy("开始公示"),
    "publicity_closed": gettext_lazy("公示结束"),
    "publicity_exempted": gettext_lazy("免于公示"),
    "objection_received": gettext_lazy("收到异议"),
    "objection_dismissed": gettext_lazy("异议不成立"),
    "objection_upheld": gettext_lazy("异议成立"),
    # experts and meetings
    "expert_added": gettext_lazy("专家入库"),
    "expert_retired": gettext_lazy("专家出库"),
    "expert_tie_declared": gettext_lazy("登记专家关系"),
    "panel_formed": gettext_lazy("启动专家评审"),
    "experts_invited": gettext_lazy("邀请评审专家"),
    "seat_accepted": gettext_lazy("接受评审"),
    "seat_declined": gettext_lazy("谢绝评审"),
    "seat_recused": gettext_lazy("评审回避"),
    "seat_scored": gettext_lazy("评审打分"),
    "panel_concluded": gettext_lazy("专家评审结束"),
    "view_granted": gettext_lazy("开放单件查阅"),
    "view_ended": gettext_lazy("收回单件查阅"),
    "recusal_declared": gettext_lazy("登记回避"),
    "meeting_called": gettext_lazy("召集会议"),
    "meeting_listed": gettext_lazy("列入会议议程"),
    "attendance_noted": gettext_lazy("会议签到"),
    "member_recused": gettext_lazy("会议回避"),
    "support_listed": gettext_lazy("列入支持清单"),
    "support_dropped": gettext_lazy("移出支持清单"),
    "conditions_set": gettext_lazy("附加条件"),
    "vote_opened": gettext_lazy("开始表决"),
    "ballot_cast": gettext_lazy("投票"),
    "vote_closed": gettext_lazy("结束表决"),
    "meeting_postponed": gettext_lazy("暂缓审议"),
    "meeting_cancelled": gettext_lazy("取消会议"),
    "meeting_closed": gettext_lazy("结束会议"),
    "meeting_concluded": gettext_lazy("联席会议审议结束"),
    # how the office works
    "claimed": gettext_lazy("领取"),
    "put_back": gettext_lazy("放回待领取"),
    "transferred": gettext_lazy("转办"),
    "taken_back": gettext_lazy("撤回办理"),
    "noted": gettext_lazy("内部留言"),
    "officer_message": gettext_lazy("给申请人发消息"),
    "urged": gettext_lazy("催办"),
    "urge_answered": gettext_lazy("答复催办"),
    "supervised": gettext_lazy("督办"),
    "step_near_due": gettext_lazy("临期提醒"),
    "step_overdue": gettext_lazy("超期提醒"),
    "step_escalated": gettext_lazy("超期上报"),
    "letter_issued": gettext_lazy("制发文书"),
    "letter_read": gettext_lazy("文书送达"),
    "letter_superseded": gettext_lazy("文书被替代"),
    "letter_revoked": gettext_lazy("撤销文书"),
}
SUBJECTS = {
    "expert": gettext_lazy("专家"),
    "user": gettext_lazy("账号"),
    "profile": gettext_lazy("档案"),
    "organisation": gettext_lazy("单位"),
    "document": gettext_lazy("文件"),
    "appointment": gettext_lazy("任职"),
}


def action_in_words(entry: AuditEntry) -> str:
    return str(ACTIONS.get(entry.action, entry.action))


def subject_in_words(entry: AuditEntry) -> str:
    """`user:12` is 账号 12; a case number or an address stays what it is."""
    kind, colon, key = entry.subject.partition(":")
    return (
        _("%(kind)s %(key)s") % {"kind": SUBJECTS[kind], "key": key}
        if colon and kind in SUBJECTS
        else entry.subject
    )


def codes_of(text: str) -> list[str]:
    """The codes a reader may mean by `text`: the code itself, or every one with that word."""
    return [text, *(code for code, word in ACTIONS.items() if str(word) == text)]
