"""A database's schema as data, so that two can be compared."""

from __future__ import annotations

from typing import Any

import asyncpg

OURS = "c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm')"
QUERIES = {
    "tables": f"""
        SELECT c.relname, c.relkind, c.relpersistence, c.relreplident, c.relrowsecurity, c.reloptions,
               pg_get_partkeydef(c.oid), pg_get_expr(c.relpartbound, c.oid),
               CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END
        FROM pg_class c WHERE {OURS}""",
    "columns": f"""
        SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated,
               a.attcollation, a.attstorage, pg_get_expr(d.adbin, d.adrelid)
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE {OURS} AND a.attnum > 0 AND NOT a.attisdropped""",
    "constraints": f"""
        SELECT c.relname, o.conname, pg_get_constraintdef(o.oid), o.convalidated
        FROM pg_constraint o JOIN pg_class c ON c.oid = o.conrelid WHERE {OURS}""",
    "indexes": f"""
        SELECT c.relname, n.relname, pg_get_indexdef(i.indexrelid), i.indisvalid
        FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_class n ON n.oid = i.indexrelid WHERE {OURS}""",
    "triggers": f"""
        SELECT c.relname, t.tgname, pg_get_triggerdef(t.oid)
        FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE {OURS} AND NOT t.tgisinternal""",
    "table comments": f"""
        SELECT c.relname, a.attname, m.description FROM pg_description m JOIN pg_class c ON c.oid = m.objoid
        LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = nullif(m.objsubid, 0)
        WHERE m.classoid = 'pg_class'::regclass AND {OURS}""",
    "functions": """
        SELECT '', pg_get_functiondef(p.oid) FROM pg_proc p
        WHERE pronamespace = 'public'::regnamespace AND prokind IN ('f', 'p')
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')""",
    "function comments": """
        SELECT p.proname, m.description FROM pg_description m JOIN pg_proc p ON p.oid = m.objoid
        WHERE m.classoid = 'pg_proc'::regclass AND p.pronamespace = 'public'::regnamespace
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')""",
    "policies": f"""
        SELECT c.relname, p.polname, p.polcmd, p.polpermissive, p.polroles::regrole[]::text[],
               pg_get_expr(p.polqual, c.oid), pg_get_expr(p.polwithcheck, c.oid)
        FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid WHERE {OURS}""",
    "grants": f"""
        SELECT c.relname, a.attname, x.grantee::regrole::text, x.privilege_type
        FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attacl IS NOT NULL,
             aclexplode(coalesce(a.attacl, c.relacl)) AS x WHERE {OURS} AND x.grantee <> c.relowner
        UNION SELECT c.relname, NULL, x.grantee::regrole::text, x.privilege_type
        FROM pg_class c, aclexplode(c.relacl) AS x WHERE {OURS} AND x.grantee <> c.relowner""",
    "extensions": "SELECT '', extname FROM pg_extension",
}


class Shape(dict[str, set[tuple[Any, ...]]]):
    """Rows by what they tell of, whatever their order; each begins with the table it is about."""

    def without(self, table: str) -> Shape:
        return Shape({told: {row for row in rows if row[0] != table} for told, rows in self.items()})


async def shape(connection: asyncpg.Connection) -> Shape:
    return Shape({told: {plain(row) for row in await connection.fetch(query)} for told, query in QUERIES.items()})


def plain(row: asyncpg.Record) -> tuple[Any, ...]:
    return tuple(tuple(value) if isinstance(value, list) else value for value in row.values())
