"""校聘企用: people employed by a university work for a firm (济政发〔2025〕8号 item 8)."""
