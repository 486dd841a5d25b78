#!/usr/bin/env python3
"""Recomputes every amount of decisions from nothing but what is printed of them, in exact fractions.

usage: fenrun run PROGRAM EVENTS | scripts/recompute_explanations.py [--rounding POLICY=NAME ...]

Reads JSON Lines, one decision each; other outcomes are passed over. Prints how many decisions and amounts agree, and
the first difference. Exit code 0: all agree; 1: one does not; 2: there was nothing to recompute. A rounding that is not
the default (`floor_residual_to`) stands in the program, not in the decision, so it is given by policy.

What a decision does not print is counted apart, not guessed: the bases by line other than list, paid and what is left,
the floor that made a discount smaller, and the steps of several trims of one share.
"""
import json
import sys
from fractions import Fraction

EXPONENTS = {"JPY": 0, "KRW": 0, "VND": 0, "CLP": 0, "BHD": 3, "KWD": 3, "OMR": 3, "JOD": 3, "TND": 3}


class Differs(Exception):
    pass


def same(what, printed, computed):
    if printed != computed:
        raise Differs(f"{what}: printed {printed}, recomputed {computed}")


def rate(text):
    return Fraction(text[:-1]) / 100 if text.endswith("%") else Fraction(text)


def floor(exact):
    return exact.numerator // exact.denominator


def half_up(exact):
    return floor(exact + Fraction(1, 2))


def half_down(exact):
    return -floor(Fraction(1, 2) - exact)


def half_even(exact):
    down = floor(exact)
    rest = exact - down
    return down + (1 if rest > Fraction(1, 2) or (rest == Fraction(1, 2) and down % 2) else 0)


def apportion(parts, name):
    """Whole numbers for exact parts, rounded as the name says."""
    each = {"floor_residual_to": floor, "half_up_each": half_up, "half_even_each": half_even}
    if name in each:
        return [each[name](part) for part in parts]
    target = floor(sum(parts, Fraction(0)))
    out = [(half_down if name == "half_down_first" else floor)(part) for part in parts]
    missing = target - sum(out)
    if name == "largest_remainder":
        order = sorted(range(len(parts)), key=lambda place: (-(parts[place] - floor(parts[place])), place))
        for place in order[:missing]:
            out[place] += 1
    elif name == "last_takes_rest":
        for place in reversed(range(len(parts))):
            if parts[place]:
                out[place] += missing
                break
    elif name in ("first_takes_rest", "half_down_first"):
        for place, part in enumerate(parts):
            if missing > 0 and part:
                out[place] += 1
                missing -= 1
            elif missing < 0 and out[place] > 0:
                out[place] -= 1
                missing += 1
    else:
        raise SystemExit(f"error: `{name}` is no rounding")
    return out


def split(total, weights):
    """One amount over weights by largest remainder, ties by place."""
    if not total:
        return [0] * len(weights)
    return apportion([Fraction(total * weight, sum(weights)) for weight in weights], "largest_remainder")


class Recomputing:
    def __init__(self, decision, roundings):
        self.decision, self.roundings = decision, roundings
        self.exponent = EXPONENTS.get(decision["currency"], 2)
        self.lines = {line["id"]: line for line in decision["lines"]}
        self.amounts, self.bounded = 0, 0

    def minor(self, text):
        exact = Fraction(text) * 10**self.exponent
        if exact.denominator != 1:
            raise Differs(f"{text} is no amount in {self.decision['currency']}")
        return exact.numerator

    def members(self, lines):
        kinds = {"all_goods": "goods", "shipping": "shipping"}
        if isinstance(lines, str):
            return [name for name, line in self.lines.items() if line["kind"] == kinds[lines]]
        return lines

    def allocation(self, effect):
        return {part["line"]: self.minor(part["amount"]) for part in effect["allocation"]}

    def check(self):
        left = {name: self.minor(line["list"]) for name, line in self.lines.items()}
        for discount in self.decision["discounts"]:
            self.discount(discount, left)
        for name, line in self.lines.items():
            given = self.minor(line["list"]) - self.minor(line["discount"])
            same(f"due of line {name}", self.minor(line["due"]), given)
            if self.decision["pricing"] == "engine":
                same(f"what is left of line {name}", given, left[name])
            self.amounts += 2
        self.shares()
        self.totals()

    def discount(self, discount, left):
        name = f"discount by {discount['policy']}"
        members = self.members(discount["lines"])
        of, units = sum(left[line] for line in members), discount.get("units")
        same(f"{name}, of", self.minor(discount["of"]), of)
        each = None
        if "percent" in discount:
            part = Fraction(units, self.lines[members[0]]["quantity"]) if units else 1
            total = half_up(of * rate(discount["percent"]) * part)
        elif "off" in discount:
            total = self.minor(discount["off"])
        else:
            price, each = self.minor(discount["unit_price"]), []
            for line in members:
                quantity = self.lines[line]["quantity"]
                some = units or quantity
                worth = left[line] if units is None else half_up(Fraction(left[line] * units, quantity))
                each.append(max(0, worth - price * some))
            total = sum(each)
        printed, amount = self.allocation(discount), self.minor(discount["amount"])
        if "clamped_by" in discount:
            same(f"{name}, asked", self.minor(discount["asked"]), total)
            if amount > total or any(part > left[line] for line, part in printed.items()):
                raise Differs(f"{name}: {amount} is more than was asked or left")
            self.bounded += 1
        else:
            same(name, amount, total)
            parts = each or split(total, [left[line] for line in members])
            parts = {line: part for line, part in zip(members, parts) if part}
            if "off" in discount and printed != parts and all(part <= left[line] for line, part in printed.items()):
                # A line stopped at its floor, which is not printed, and the others took what it had no room for.
                self.bounded += 1
            else:
                same(f"{name}, by line", printed, parts)
        same(f"{name}, sum of its lines", sum(printed.values()), amount)
        for funder in discount.get("funders", []):
            carried = sum(floor(rate(funder["rate"]) * part) for part in printed.values())
            same(f"{name}, carried by {funder['party']['id']}", self.minor(funder["amount"]), carried)
            self.amounts += 1
        for line, part in printed.items():
            left[line] -= part
        self.amounts += 2 + len(printed)

    def base(self, term, taken):
        """The base of each line, where it is printed; the printed sum is checked against it."""
        members = self.members(term["lines"])
        column = {"list": "list", "paid": "paid", "left": "paid"}.get(term["base"])
        if column is None:
            return members, None
        bases = [self.minor(self.lines[line][column]) for line in members]
        if term["base"] == "left":
            bases = [max(0, base - taken.get(line, 0)) for line, base in zip(members, bases)]
        same(f"{term['base']} of {members}", self.minor(term["of"]), sum(bases))
        self.amounts += 1
        return members, bases

    def term(self, term, taken):
        """Its exact sum, and what each line brings to it (None where that is not printed)."""
        if "fixed" in term:
            fixed, members = self.minor(term["fixed"]), self.members(term["lines"])
            weights = [self.lines[line]["quantity"] for line in members]
            return Fraction(fixed), dict(zip(members, split(fixed, weights)))
        members, bases = self.base(term, taken)
        counted = of = self.minor(term["of"])
        if "band" in term:
            low, high = (None if limit is None else self.minor(limit) for limit in term["band"])
            counted = max(0, min(of, of if high is None else high) - low)
        same("the part of the base that counts", self.minor(term["counted"]), counted)
        self.amounts += 1
        if bases is None and len(members) == 1:
            bases = [of]
        return counted * rate(term["rate"]), None if bases is None else dict(zip(members, bases))

    def shares(self):
        shares, taken, place = self.decision["shares"], {}, 0
        while place < len(shares):
            end = place + 1
            uses_left = lambda share: any(term.get("base") == "left" for term in share["terms"])
            while end < len(shares) and shares[end]["policy"] == shares[place]["policy"]:
                end += 1
            group = shares[place:end]
            steps = [[share] for share in group] if any(map(uses_left, group)) else [group]
            for step in steps:
                self.round_together(step, taken)
            place = end

    def round_together(self, group, taken):
        reckoned = []
        for share in group:
            terms = [self.term(term, taken) for term in share["terms"]]
            plain = exact = sum((sum_of for sum_of, _ in terms), Fraction(0))
            for limit, pick in (("minimum", max), ("maximum", min)):
                if limit in share:
                    exact = pick(exact, Fraction(self.minor(share[limit])))
            same(f"exact sum of {share['party']['id']}", Fraction(share["exact_minor"]), exact)
            self.amounts += 1
            is_set = exact != plain or all("fixed" in term for term in share["terms"])
            reckoned.append((share, terms, exact, is_set))
        name = self.roundings.get(group[0]["policy"], "floor_residual_to")
        joint = iter(apportion([exact for _, _, exact, is_set in reckoned if not is_set], name))
        for share, terms, exact, is_set in reckoned:
            amount = floor(exact) if is_set else next(joint)
            for limit, pick in (("minimum", max), ("maximum", min)):
                if limit in share and not is_set:
                    amount = pick(amount, self.minor(share[limit]))
            self.share(share, terms, amount, taken)

    def share(self, share, terms, amount, taken):
        name = f"share of {share['party']['id']} by {share['policy']}"
        trimmed = self.minor(share.get("trimmed", "0"))
        same(name, self.minor(share["amount"]) + trimmed, amount)
        printed = self.allocation(share)
        same(f"{name}, sum of its lines", sum(printed.values()), amount - trimmed)
        parts = self.by_line(terms, amount)
        if parts is None:
            self.bounded += 1
            parts = printed
        elif not trimmed:
            same(f"{name}, by line", printed, parts)
        else:
            lines = [line for line in self.lines if line in parts]
            cut = split(amount - trimmed, [parts[line] for line in lines])
            if printed != {line: part for line, part in zip(lines, cut) if part}:
                self.bounded += 1
        for line, part in parts.items():
            taken[line] = taken.get(line, 0) + part
        self.amounts += 2 + len(printed)

    def by_line(self, terms, amount):
        if any(weights is None for _, weights in terms):
            return None
        if len(terms) == 1:
            weights = dict(terms[0][1])
        else:
            weights = {}
            for exact, bases in terms:
                total = floor(exact * 2**20)
                parts = split(total, list(bases.values())) if sum(bases.values()) else [0] * len(bases)
                for line, part in zip(bases, parts):
                    weights[line] = weights.get(line, 0) + part
        lines = [line for line in self.lines if line in weights]
        values = [weights[line] for line in lines]
        parts = split(amount, values if any(values) else [1] * len(values))
        return {line: part for line, part in zip(lines, parts) if part}

    def totals(self):
        decision, totals = self.decision, self.decision["totals"]
        add = lambda rows, key: sum(self.minor(row[key]) for row in rows)
        lines, shares = decision["lines"], add(decision["shares"], "amount")
        due = add(lines, "due")
        funders = [funder for discount in decision["discounts"] for funder in discount.get("funders", [])]
        for key, computed in {
            "list": add(lines, "list"),
            "discounts": add(lines, "discount"),
            "due": due,
            "goods_paid": add([line for line in lines if line["kind"] == "goods"], "paid"),
            "shares": shares,
            "merchant_net": due - shares,
            "funded": add(funders, "amount"),
        }.items():
            same(f"total {key}", self.minor(totals[key]), computed)
            self.amounts += 1


def main(arguments):
    roundings = {}
    while arguments:
        if len(arguments) < 2 or arguments[0] != "--rounding" or "=" not in arguments[1]:
            raise SystemExit("error: expected `--rounding POLICY=NAME`; decisions come on standard input")
        policy, name = arguments[1].split("=", 1)
        roundings[policy], arguments = name, arguments[2:]
    decisions = amounts = bounded = 0
    for number, line in enumerate(sys.stdin, 1):
        decision = json.loads(line)
        if decision.get("outcome") != "decided":
            continue
        recomputing = Recomputing(decision, roundings)
        try:
            recomputing.check()
        except Differs as difference:
            print(f"line {number}, {decision['fact']}: {difference}")
            return 1
        decisions, amounts, bounded = decisions + 1, amounts + recomputing.amounts, bounded + recomputing.bounded
    print(f"{decisions} decisions, {amounts} amounts agree; of {bounded} the decision prints too little for the last step")
    return 0 if decisions else 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
