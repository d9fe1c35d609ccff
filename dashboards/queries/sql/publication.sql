select number, built_at, "now", receipts from publication
