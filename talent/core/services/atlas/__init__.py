"""标志性产业链 and 人才图谱 (济政发〔2025〕8号 item 7): what each chain has, who is looked for, and who may read it."""

from .chains import ChainStanding, end, record, records, standing_of_chain
from .importing import COLUMNS, Imported, import_leads, template
from .leads import (
    add_achievement,
    add_contact,
    began,
    change,
    drop,
    identity_of,
    record_lead,
    reveal,
    search,
    usable_lead,
    visible_leads,
)
from .rights import may_keep, may_read

__all__ = [
    "COLUMNS",
    "ChainStanding",
    "Imported",
    "add_achievement",
    "add_contact",
    "began",
    "change",
    "drop",
    "end",
    "identity_of",
    "import_leads",
    "may_keep",
    "may_read",
    "record",
    "record_lead",
    "records",
    "reveal",
    "search",
    "standing_of_chain",
    "template",
    "usable_lead",
    "visible_leads",
]
