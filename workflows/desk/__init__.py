"""Officers' pages: the worklist, the case, one page to read and decide."""
