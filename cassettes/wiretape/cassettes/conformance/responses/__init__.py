"""The rules of Responses streams: one module an idea, gathered by `responses_rules`."""
