#!/usr/bin/env python3
"""Decides many different orders under many different programs, and has every printed amount recomputed.

usage: scripts/check_explanations.py FENRUN COUNT

FENRUN is the binary, COUNT the number of orders, shared out over the programs: all stock policies that discount or share,
every rounding by name, guards that trim, price floors, and currencies with 0, 2 and 3 decimals. Exit code 0: every
decision agrees, and every program decided some.
"""
import json
import os
import random
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ROUNDINGS = ["floor_residual_to", "half_up_each", "half_even_each", "largest_remainder", "first_takes_rest",
             "half_down_first", "last_takes_rest"]
CURRENCIES = [("CNY", 2), ("JPY", 0), ("KWD", 3), ("EUR", 2)]
DISCOUNTS = ["nth-order-discount", "second-half-price", "funded-discount", "free-item", "alliance-coupon", "group-buying"]
SHARES = ["three-level", "channel-split", "volume-tiers", "rebate", "royalty", "repurchase", "live-selling", "local-life",
          "member-seller", "guide-lifetime"]


def programs():
    """(name, currency, decimals, guard, [(policy, configuration, rounding)])"""
    for place, rounding in enumerate(ROUNDINGS):
        for guard in ("open", "./trim.toml"):
            currency, decimals = CURRENCIES[(place + (guard != "open")) % len(CURRENCIES)]
            chain = {"base": ["paid", "list", "ex_tax", "net"][place % 4], "rates": ["7/30", "5.55%", "1/13"]}
            yield (f"chain-{rounding}", currency, decimals, guard,
                   [(DISCOUNTS[place % 6], {}, None), ("three-level", chain, rounding), ("royalty", {}, None)])
    for place, policy in enumerate(SHARES):
        currency, decimals = CURRENCIES[place % len(CURRENCIES)]
        guard = "./trim.toml" if place % 2 else "open"
        yield (f"share-{policy}", currency, decimals, guard,
               [(DISCOUNTS[place % 6], {}, None), ("second-half-price", {}, None), (policy, {}, None)])
    for place, policy in enumerate(DISCOUNTS):
        currency, decimals = CURRENCIES[(place + 1) % len(CURRENCIES)]
        yield (f"discount-{policy}", currency, decimals, "./trim.toml",
               [(policy, {}, None), ("channel-split", {}, "half_up_each"), ("guide-lifetime", {}, None)])


def toml(value):
    return json.dumps(value) if not isinstance(value, dict) else \
        "{ " + ", ".join(f"{key} = {toml(item)}" for key, item in value.items()) + " }"


def write_program(folder, name, currency, guard, policies):
    rows = [f'merchant = "m"\ncurrency = "{currency}"\ntime_zone = "Asia/Shanghai"\nguard = "{guard}"\n']
    for place, (policy, configuration, rounding) in enumerate(policies):
        rows.append(f'[[policy]]\nname = "p{place}"\nuse = "{policy}"\n')
        rows.append(f'rounding = "{rounding}"\n' if rounding else "")
        rows.append(f"configuration = {toml(configuration)}\n" if configuration else "")
    path = os.path.join(folder, name + ".toml")
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(rows))
    return path


def amount(minor, decimals):
    return str(minor) if decimals == 0 else f"{minor // 10**decimals}.{minor % 10**decimals:0{decimals}}"


def order(number, currency, decimals, dice):
    lines = []
    for line in range(dice.choice([1, 1, 2, 3, 5, 9])):
        price = dice.choice([1, 3, 33, 99, 999, dice.randrange(1, 50_000), dice.randrange(1, 10_000_000)])
        quantity = dice.choice([1, 1, 2, 3, 7])
        wire = {"id": str(line + 1), "item": f"I{dice.randrange(3)}", "quantity": quantity, "price": amount(price, decimals)}
        if dice.random() < 0.2:
            wire["floor"] = amount(price * dice.randrange(60, 100) // 100, decimals)
        wire["cost"] = amount(price * dice.randrange(0, 90) // 100, decimals)
        if dice.random() < 0.5:
            wire["tax"] = amount(price * quantity * 13 // 113, decimals)
        lines.append(wire)
    if dice.random() < 0.3:
        lines.append({"id": "s", "kind": "shipping", "quantity": 1, "price": amount(dice.randrange(1, 2_000), decimals)})
    roles = ["channel", "store", "guide", "leader", "referrer", "brand", "designer", "streamer", "host", "partner", "merchant"]
    parties = [{"id": "s0", "role": "seller", "depth": 0}]
    parties += [{"id": f"u{depth}", "role": "upline", "depth": depth} for depth in range(1, dice.randrange(1, 4))]
    parties += [{"id": f"{role}-1", "role": role} for role in roles if dice.random() < 0.7]
    return {"kind": "order.paid", "order": f"A{number}", "time": "2026-03-01T10:00:00Z", "currency": currency,
            "pricing": "engine", "buyer": {"id": f"b{dice.randrange(50)}", "order_number": dice.choice([1, 2, 3, 9])},
            "seller": "s0", "source": dice.choice(["live", "group", "content"]),
            "attributes": {"group_size": dice.choice([1, 3, 10, 60])}, "parties": parties, "lines": lines}


def main(fenrun, count):
    dice = random.Random(20260301)
    with open(os.path.join(ROOT, "engine/core/profiles/open.toml"), encoding="utf-8") as file:
        profile = file.read()
    profile = profile.replace('"open"', '"trim"').replace('over_cap = "reject"', 'over_cap = "trim"')
    rows = [row for row in profile.splitlines()]
    rows = ['promoters_cap      = "11%"' if row.startswith("promoters_cap") else row for row in rows]
    rows = ['total_cap          = "17%"' if row.startswith("total_cap") else row for row in rows]
    all_programs = list(programs())
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "trim.toml"), "w", encoding="utf-8") as file:
            file.write("\n".join(rows) + "\n")
        for number, (name, currency, decimals, guard, policies) in enumerate(all_programs):
            path = write_program(folder, f"{number}-{name}", currency, guard, policies)
            orders = range(number, count, len(all_programs))
            events = "".join(json.dumps(order(each, currency, decimals, dice)) + "\n" for each in orders)
            run = subprocess.run([fenrun, "explain", "--program", path, "--case", "-", "--quiet", "--format", "json",
                                  "--policies", os.path.join(ROOT, "policies")],
                                 input=events, text=True, capture_output=True)
            if run.returncode not in (0, 5):
                print(f"{number}-{name}: fenrun ended with {run.returncode}: {run.stderr or run.stdout[:500]}")
                failed += 1
                continue
            script = os.path.join(ROOT, "scripts/recompute_explanations.py")
            told = subprocess.run([sys.executable, script], input=run.stdout, text=True, capture_output=True)
            held = len(orders) - run.stdout.count('"outcome":"decided"')
            print(f"{number}-{name} {currency} {guard}: {told.stdout.strip()}{told.stderr.strip()}; {held} held")
            failed += told.returncode != 0
    print("all agree" if not failed else f"{failed} programs do not agree")
    return 1 if failed else 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
