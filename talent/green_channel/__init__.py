"""顶尖人才直通车 (济政发〔2025〕8号 item 7): a fast green channel for top talents and their teams."""
