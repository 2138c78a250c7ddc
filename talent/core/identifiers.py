"""Identity documents, credit codes, phones and bank cards: checks and masking. Plain Python.

GB 11643 (resident id), GB 32100-2015 (unified social credit code), ISO/IEC 7812-1 (bank cards). County codes only
warn: codes retire and people keep the number they were given. Digits are ASCII digits after NFKC; the digits of other
scripts are refused. No message repeats the number: messages end up in logs.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo


class IdentityKind(StrEnum):
    """Kinds of identity documents that are accepted."""

    RESIDENT_ID = "resident_id"
    HMT_RESIDENCE = "hmt_residence"
    HMT_PERMIT = "hmt_permit"
    PERMANENT_RESIDENCE = "permanent_residence"
    PASSPORT = "passport"
    WORK_PERMIT = "work_permit"

    @property
    def label(self) -> str:
        return KINDS[self]


KINDS = {
    IdentityKind.RESIDENT_ID: "居民身份证",
    IdentityKind.HMT_RESIDENCE: "港澳台居民居住证",
    IdentityKind.HMT_PERMIT: "港澳台居民来往内地（大陆）通行证",
    IdentityKind.PERMANENT_RESIDENCE: "外国人永久居留身份证",
    IdentityKind.PASSPORT: "护照",
    IdentityKind.WORK_PERMIT: "外国人工作许可证",
}
# Documents whose number carries no check: what it looks like, and how that is told.
_LOOSE = {
    IdentityKind.PASSPORT: (r"[A-Z0-9]{5,9}", "5至9位字母或数字"),
    IdentityKind.HMT_PERMIT: (r"[HM][0-9]{8}(?:[0-9]{2})?|[0-9]{8}", "港澳为H或M加8位数字，台湾为8位数字"),
    IdentityKind.WORK_PERMIT: (r"[A-Z0-9]{10,18}", "10至18位字母或数字"),
}
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_PROVINCES = frozenset(
    str(code)
    for code in (
        *range(11, 16),
        *range(21, 24),
        *range(31, 38),
        *range(41, 47),
        *range(50, 55),
        *range(61, 66),
        71,
    )
)
_HMT_AREAS = frozenset({"810000", "820000", "830000"})
_UPPER = {ord(letter): ord(letter) - 32 for letter in "abcdefghijklmnopqrstuvwxyz"}


class IdentifierError(ValueError):
    """A number that cannot be right; the sentence says what, where and how to fix it, never the number itself."""


@dataclass(frozen=True)
class IdentityCheck:
    """What a valid identity number says: normal form, birth date, `male` or `female` where the number tells.

    `warnings` are shown to who checks the document, they refuse nothing.
    """

    number: str
    birth_date: date | None = None
    gender: str | None = None
    warnings: tuple[str, ...] = ()


def normalise(text: str) -> str:
    """Full-width to ASCII, upper case; no spaces, dashes or invisible signs, which come along when copying."""
    plain = unicodedata.normalize("NFKC", text or "").translate(_UPPER)
    visible = "".join(sign for sign in plain if unicodedata.category(sign) not in ("Cc", "Cf"))
    return re.sub(r"[\s\-\u2010-\u2015\u2212]", "", visible)


def _check_character(first17: str) -> str:
    """ISO 7064 MOD 11-2."""
    return _CHECKS[sum(int(digit) * weight for digit, weight in zip(first17, _WEIGHTS, strict=True)) % 11]


def _birth(number: str, label: str, today: date) -> date:
    where = f"{label}号码第7至14位的出生日期"
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        raise IdentifierError(f"{where}在日历上不存在，请对照证件核对这8位。") from None
    if born > today:
        raise IdentifierError(f"{where}晚于今天，请对照证件核对这8位。")
    if born.year < 1900:
        raise IdentifierError(f"{where}早于1900年，请对照证件核对这8位。")
    return born


def _eighteen(number: str, label: str, today: date, warnings: tuple[str, ...] = ()) -> IdentityCheck:
    """Check character, birth date and gender of the numbers built after GB 11643."""
    if number[-1] != _check_character(number[:17]):
        raise IdentifierError(
            f"{label}号码的末位校验码不符，可能有一位输错或相邻两位颠倒，请对照证件逐位核对。"
        )
    return IdentityCheck(
        number, _birth(number, label, today), "male" if int(number[16]) % 2 else "female", warnings
    )


def _require_eighteen(number: str, label: str) -> None:
    if re.fullmatch(r"[0-9]{15}", number):
        raise IdentifierError(f"{label}号码是15位旧号码，已停止使用，请填写现行的18位号码。")
    if len(number) != 18:
        raise IdentifierError(f"{label}号码应为18位，现为{len(number)}位，请对照证件核对。")
    if not re.fullmatch(r"[0-9]{17}[0-9X]", number):
        raise IdentifierError(f"{label}号码前17位应为数字，末位为数字或字母X，请对照证件核对。")


def _area_warnings(number: str) -> tuple[str, ...]:
    """GB/T 2260: city part 01-70 or 90, county part not 00. Codes are given up, so a wrong one only warns."""
    city, county = int(number[2:4]), int(number[4:6])
    if (1 <= city <= 70 or city == 90) and county:
        return ()
    return ("证件号码第3至6位不是通常的市、县代码，请对照证件原件核对。",)


def _resident(number: str, label: str, today: date) -> IdentityCheck:
    _require_eighteen(number, label)
    if number[:6] in _HMT_AREAS:
        raise IdentifierError(f"该号码是港澳台居民居住证号码，请把证件类型改为“{KINDS['hmt_residence']}”。")
    if number[0] == "9":
        raise IdentifierError(
            f"该号码以9开头，是外国人号码，请把证件类型改为“{KINDS['permanent_residence']}”。"
        )
    if number[:2] not in _PROVINCES:
        raise IdentifierError(f"{label}号码前两位不是省级代码，请对照证件核对前两位。")
    return _eighteen(number, label, today, _area_warnings(number))


def _hmt_residence(number: str, label: str, today: date) -> IdentityCheck:
    _require_eighteen(number, label)
    if number[:6] not in _HMT_AREAS:
        raise IdentifierError(f"{label}号码应以810000、820000或830000开头，请核对证件类型和前6位。")
    return _eighteen(number, label, today)


def _permanent_residence(number: str, label: str, today: date) -> IdentityCheck:
    # The 2017 card stays valid beside the 2023 one; how its last digit is made is not published.
    if re.fullmatch(r"[A-Z]{3}[0-9]{12}", number):
        return IdentityCheck(number)
    if not re.fullmatch(r"9[0-9]{16}[0-9X]", number):
        raise IdentifierError(
            f"{label}号码应为18位并以9开头，或为2017年版的15位（3个字母加12位数字），请对照证件核对。"
        )
    return _eighteen(number, label, today)


def check_identity(kind: str, number: str, *, today: date | None = None) -> IdentityCheck:
    """Check the number of a document of `kind` (an `IdentityKind`) as of `today` (default: in Shanghai).

    Raises `IdentifierError`.
    """
    today = today or datetime.now(ZoneInfo("Asia/Shanghai")).date()
    label = KINDS.get(kind)
    if label is None:
        raise IdentifierError("证件类型不在可选范围内，请重新选择证件类型。")
    plain = normalise(number)
    if not plain:
        raise IdentifierError(f"{label}号码未填写，请填写。")
    if kind in _LOOSE:
        pattern, form = _LOOSE[kind]
        if not re.fullmatch(pattern, plain):
            raise IdentifierError(f"{label}号码应为{form}，请对照证件核对。")
        return IdentityCheck(plain)
    check = {
        IdentityKind.RESIDENT_ID: _resident,
        IdentityKind.HMT_RESIDENCE: _hmt_residence,
        IdentityKind.PERMANENT_RESIDENCE: _permanent_residence,
    }[kind]
    return check(plain, label, today)


def _credit_check_character(first17: str) -> str:
    total = sum(
        _CREDIT_ALPHABET.index(sign) * weight for sign, weight in zip(first17, _CREDIT_WEIGHTS, strict=True)
    )
    return _CREDIT_ALPHABET[(31 - total % 31) % 31]


def check_credit_code(code: str) -> str:
    """The normal form of a 统一社会信用代码 (GB 32100-2015). Raises `IdentifierError`."""
    plain = normalise(code)
    if len(plain) != 18:
        raise IdentifierError(f"统一社会信用代码应为18位，现为{len(plain)}位，请对照营业执照或登记证书核对。")
    if any(sign not in _CREDIT_ALPHABET for sign in plain):
        raise IdentifierError(
            "统一社会信用代码只含数字和大写字母，不含I、O、S、V、Z，请对照证照核对相近的字符。"
        )
    if not re.fullmatch(r"[0-9]{6}", plain[2:8]):
        raise IdentifierError("统一社会信用代码第3至8位应为数字（登记机关的行政区划），请对照证照核对这6位。")
    if plain[-1] != _credit_check_character(plain[:17]):
        raise IdentifierError(
            "统一社会信用代码的末位校验码不符，可能有一位输错或相邻两位颠倒，请对照证照逐位核对。"
        )
    return plain


def check_mobile(text: str) -> str:
    """The normal form of a mainland mobile number, without +86. Raises `IdentifierError`."""
    plain = re.sub(r"^(?:\+|00)86", "", normalise(text))
    if not re.fullmatch(r"1[3-9][0-9]{9}", plain):
        raise IdentifierError("手机号码应为11位数字，以13至19开头，请核对位数和开头。")
    return plain


def _luhn(digits: str) -> bool:
    total = 0
    for place, sign in enumerate(reversed(digits)):
        value = int(sign) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def check_bank_card(text: str) -> str:
    """The normal form of a bank card number (16 to 19 digits, Luhn). Raises `IdentifierError`."""
    plain = normalise(text)
    if not re.fullmatch(r"[0-9]{16,19}", plain):
        raise IdentifierError("银行卡号应为16至19位数字，请对照银行卡核对。")
    if not _luhn(plain):
        raise IdentifierError("银行卡号的末位校验码不符，可能有一位输错，请对照银行卡逐位核对。")
    return plain


# --- masking: what pages show ----------------------------------------------------------------------


def _ends(text: str, first: int, last: int) -> str:
    """The first and last signs; when that would be nearly everything, stars only."""
    hidden = len(text) - first - last
    return f"{text[:first]}{'*' * hidden}{text[-last:]}" if hidden > 0 else "*" * len(text)


def mask_name(name: str) -> str:
    """张*, 张*三: the first and, from three characters on, the last one stay; a single one does not."""
    return f"{name[0]}*" if len(name) == 2 else _ends(name, 1, 1)


def mask_identity(number: str) -> str:
    """110***********4530; passports and permits are shorter and keep less."""
    return _ends(number, 3, 4) if len(number) >= 15 else mask_passport(number)


def mask_passport(number: str) -> str:
    """E1*****78; of fewer than eight signs one and two stay."""
    return _ends(number, 2, 2) if len(number) >= 8 else _ends(number, 1, 2)


def mask_mobile(number: str) -> str:
    """138****8000; what is shorter than a mobile number keeps its last two signs."""
    if "@" in number:
        return mask_email(number)
    return _ends(number, 3, 4) if len(number) >= 11 else _ends(number, 0, 2)


def mask_bank_card(number: str) -> str:
    """The last four digits."""
    return _ends(number, 0, 4)


def mask_email(address: str) -> str:
    """The first sign and the domain."""
    local, at, domain = address.partition("@")
    return f"{local[:1]}***{at}{domain}" if at else "***"


_PLACE = r"[^省市区县路街道号村镇乡0-9]"
_TO_DISTRICT = re.compile(
    rf"(?:[^省区]{{2,8}}?(?:省|自治区))?(?:{_PLACE}{{1,10}}?市)?(?:{_PLACE}{{1,10}}?(?:(?<![小社园校厂])区|县|市))?"
)


def mask_address(address: str) -> str:
    """Down to the district: 山东省济宁市任城区****."""
    found = _TO_DISTRICT.match(address)
    return f"{found.group() if found else ''}****"


_MASKS = {
    "name": mask_name,
    "identity": mask_identity,
    "passport": mask_passport,
    "mobile": mask_mobile,
    "bank_card": mask_bank_card,
    "email": mask_email,
    "address": mask_address,
    "text": lambda _text: "（已加密）",
}


def mask(kind: str, value: str) -> str:
    """The masked form of `value`; empty stays empty, an unknown kind shows nothing."""
    return _MASKS.get(kind, lambda _value: "****")(value) if value else ""


# --- numbers that are valid and nobody's -------------------------------------------------------------

_NO_AREA = "370899"  # a code that GB/T 2260 never assigned


def make_resident_id(born: date, sequence: int, *, area: str = _NO_AREA) -> str:
    """A checksum-valid resident id that belongs to nobody; odd sequences are male.

    Raises `ValueError` for a sequence outside 0 to 999.
    """
    if not 0 <= sequence <= 999:
        raise ValueError("sequence is not between 0 and 999")
    first17 = f"{area}{born:%Y%m%d}{sequence:03d}"
    return first17 + _check_character(first17)


def make_credit_code(serial: int, *, kind: str = "91", area: str = _NO_AREA) -> str:
    """A checksum-valid credit code of nobody. Raises `ValueError` for a serial of more than nine digits."""
    if not 0 <= serial <= 999_999_999:
        raise ValueError("serial has more than nine digits")
    first17 = f"{kind}{area}{serial:09d}"
    return first17 + _credit_check_character(first17)


def make_bank_card(serial: int) -> str:
    """A Luhn-valid card number of 19 digits of an issuer (999999) that does not exist."""
    if not 0 <= serial <= 999_999_999_999:
        raise ValueError("serial has more than twelve digits")
    first = f"999999{serial:012d}"
    return next(first + str(digit) for digit in range(10) if _luhn(first + str(digit)))
