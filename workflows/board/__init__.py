"""The leaders' pages: the year against its targets, where the 直通车 stands, the chains and the atlas."""
