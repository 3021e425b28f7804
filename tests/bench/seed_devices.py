#!/usr/bin/env python3
"""Fills the SQLite database of a stopped server with devices, the same on every run.

  seed_devices.py DATABASE USER_ID DEVICES GROUPS

USER_ID gets all rights on the groups. For measuring only: rows are written as core/model/rows.cpp does.
"""
import base64
import hashlib
import json
import sqlite3
import sys
import time

SYSTEMS = [
    ("Debian GNU/Linux 12 (bookworm)", 6, "web"), ("Ubuntu 24.04.1 LTS", 6, "db"),
    ("Microsoft Windows 11 Pro - 24H2/26100", 4, "desk"),
    ("Microsoft Windows Server 2022 Datacenter - 21H2", 4, "srv"), ("macOS 15.1 (24B83)", 29, "mac"),
    ("FreeBSD 14.1-RELEASE", 30, "gw"), ("Raspbian GNU/Linux 12 (bookworm)", 25, "kiosk"),
]
PEOPLE = ["anna", "b.mueller", "c.diaz", "d.okafor", ""]
TAGS = ["prod", "test", "backup", "kiosk", "old"]
ADMIN = 0xFFFFFFFF


def identifier(kind, number):
    digest = hashlib.sha384(f"{kind} {number}".encode()).digest()
    return f"{kind}//" + base64.b64encode(digest, b"@$").decode()


def groups(count, now):
    for i in range(count):
        yield (identifier("mesh", i), "", f"Customer {i:03}, site {i % 7}", "", 2, 0, 0, now, "", "", 0, "{}")


def device(i, group_ids, now):
    system, agent, prefix = SYSTEMS[i % len(SYSTEMS)]
    user = PEOPLE[i % len(PEOPLE)]
    doc = {"agent": {"ver": 1, "id": agent, "caps": 31}}
    if i % 3 == 0:
        doc["tags"] = [TAGS[i % len(TAGS)], TAGS[(i // 7) % len(TAGS)]] if i % 2 else [TAGS[i % len(TAGS)]]
    if user:
        doc["users"] = [user]
    seen = now - (i * 977_000) % (90 * 86_400_000)
    return (identifier("node", i), group_ids[i % len(group_ids)], "", 2, f"{prefix}-{i // len(SYSTEMS) + 1:05}",
            f"{prefix}{i}.example", "", f"10.{i // 62500}.{i // 250 % 250}.{i % 250 + 4}", system,
            "Rack 4, second from the top" if i % 6 == 0 else "", 1, 0, now - 200 * 86_400_000, seen - 86_400_000,
            seen - 3_600_000, seen, "192.0.2.7:50000", json.dumps(doc))


def main():
    path, user, devices, count = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    now = int(time.time() * 1000)
    database = sqlite3.connect(path)
    ids = [identifier("mesh", i) for i in range(count)]
    with database:
        database.executemany("INSERT INTO device_groups VALUES (?,?,?,?,?,?,?,?,?,?,?,?)", groups(count, now))
        database.executemany("INSERT INTO links VALUES (?,?,?)", ((user, id_, ADMIN) for id_ in ids))
        database.executemany("INSERT INTO devices VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
                             (device(i, ids, now) for i in range(devices)))
    database.close()


main()
