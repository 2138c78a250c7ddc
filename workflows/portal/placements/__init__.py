"""Pages of 校聘企用 for its three sides: the firm's and the university's HR at /unit/, the person at /my/."""
