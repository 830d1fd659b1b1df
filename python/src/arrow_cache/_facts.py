"""What this package writes into a schema's metadata."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa

METADATA = b"arrow_cache"


def facts_of(schema: pa.Schema) -> dict[str, Any]:
    """What this package wrote into a schema."""
    return dict(json.loads((schema.metadata or {}).get(METADATA, b"{}")))


def with_facts(table: pa.Table, **facts: Any) -> pa.Table:
    """The table with more of such facts."""
    described = {**facts_of(table.schema), **facts}
    return table.replace_schema_metadata({**(table.schema.metadata or {}), METADATA: json.dumps(described).encode()})
