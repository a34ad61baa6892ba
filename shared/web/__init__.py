"""The web layer all services share: routes with stated roles, problem documents, OpenAPI, health, metrics."""
