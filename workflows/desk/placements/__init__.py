"""校聘企用 at the desk: the ledger, needs, one placement, claims, excluded relations."""
