"""The procedures, one file per policy: the flow, its process row, and the `PROCESS` the register lists."""
