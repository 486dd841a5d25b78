#!/usr/bin/env python3
"""Recomputes every amount of decisions from nothing but what is printed to explain them, in exact fractions.

usage: fenrun explain --program PROGRAM --case EVENTS --format json | scripts/recompute_explanations.py

Reads JSON Lines, one explanation each; other outcomes than decisions are passed over. Prints how many decisions and amounts
agree, and the first difference. Exit code 0: all agree; 1: one does not; 2: there was nothing to recompute.

The rules are those that schemas/explanation.json states. What an explanation does not print is counted apart, not guessed:
the steps of a share that was trimmed more than once, and of a discount that was cut by floors and then by a budget.
"""
import json
import sys
from fractions import Fraction


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
    each = {"floor": floor, "floor_residual_to": floor, "half_up_each": half_up, "half_even_each": half_even}
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


def within(total, weights, room):
    """One amount over weights, no part above its room; what finds none goes to the others in proportion."""
    full = set()
    while True:
        open_parts = [place for place, weight in enumerate(weights) if weight and place not in full]
        rest = total - sum(room[place] for place in full)
        weight = sum(weights[place] for place in open_parts)
        filled = {place for place in open_parts if room[place] * weight <= rest * weights[place]}
        if not filled:
            break
        full |= filled
    parts = [room[place] if place in full else 0 for place in range(len(weights))]
    for place, part in zip(open_parts, split(max(0, rest), [weights[place] for place in open_parts])):
        parts[place] = part
    return parts


class Recomputing:
    def __init__(self, told):
        self.told = told
        self.lines = {line["id"]: line for line in told["lines"]}
        self.amounts, self.bounded = 0, 0

    def minor(self, text):
        exact = Fraction(text) * 10 ** self.told["exponent"]
        if exact.denominator != 1:
            raise Differs(f"{text} is no amount in {self.told['currency']}")
        return exact.numerator

    def same(self, what, printed, computed):
        """A printed amount that is an amount, and the recomputed one."""
        same(what, self.minor(printed), computed)
        self.amounts += 1

    def parts(self, rows):
        return {row["line"]: self.minor(row["amount"]) for row in rows if self.minor(row["amount"])}

    def check(self):
        self.check_lines()
        left = {name: self.minor(line["list"]) for name, line in self.lines.items()}
        for discount in self.told["discounts"]:
            self.discount(discount, left)
        if self.told["pricing"] == "engine":
            for name, line in self.lines.items():
                same(f"what is left of line {name}", self.minor(line["due"]), left[name])
        self.shares()
        self.totals()
        self.guard_checks()
        self.moved()

    def check_lines(self):
        due = {name: self.minor(line["due"]) for name, line in self.lines.items()}
        for base in ("paid", "net"):
            # Who paid with what, and what that cost, is spread over the lines in proportion to what they cost.
            above = due if base == "paid" else {name: self.minor(line["paid"]) for name, line in self.lines.items()}
            off = sum(above.values()) - sum(self.minor(line[base]) for line in self.lines.values())
            for (name, line), part in zip(self.lines.items(), split(off, list(due.values()))):
                self.same(f"{base} of line {name}", line[base], above[name] - part)
        for name, line in self.lines.items():
            whole = self.minor(line["list"])
            self.same(f"list of line {name}", line["list"], self.minor(line["unit_price"]) * line["quantity"])
            self.same(f"due of line {name}", line["due"], whole - self.minor(line["discount"]))
            paid, tax = self.minor(line["paid"]), self.minor(line["tax"])
            contained = half_up(Fraction(tax * paid, whole)) if whole else 0
            self.same(f"tax in what was paid for line {name}", line["tax_in_paid"], contained)
            self.same(f"line {name} without tax", line["ex_tax"], paid - contained)
            if "margin" in line:
                self.same(f"margin of line {name}", line["margin"], paid - contained - self.minor(line["cost"]))

    def discount(self, discount, left):
        name = f"discount by {discount['policy']}"
        members = [row["line"] for row in discount["on"]]
        for row in discount["on"]:
            line = self.lines[row["line"]]
            lowest = min(self.minor(line.get("floor", "0")), self.minor(line["list"]))
            self.same(f"{name}, left of {row['line']}", row["left"], left[row["line"]])
            self.same(f"{name}, room of {row['line']}", row["room"], max(0, left[row["line"]] - lowest))
        weights = [left[line] for line in members]
        room = [self.minor(row["room"]) for row in discount["on"]]
        units, of = discount.get("units"), sum(weights)
        self.same(f"{name}, of", discount["of"], of)
        if "unit_price" in discount:
            price, wanted = self.minor(discount["unit_price"]), []
            for line in members:
                quantity = self.lines[line]["quantity"]
                worth = left[line] if units is None else half_up(Fraction(left[line] * units, quantity))
                wanted.append(max(0, worth - price * (units or quantity)))
            asked = sum(wanted)
        elif "off" in discount:
            asked = self.minor(discount["off"])
            wanted = split(asked, weights) if of else [0] * len(members)
        else:
            part = Fraction(units, self.lines[members[0]]["quantity"]) if units else 1
            exact = of * rate(discount["percent"]) * part
            same(f"{name}, exactly", Fraction(discount["exact_minor"]), exact)
            asked = half_up(exact)
            wanted = split(asked, weights) if of else [0] * len(members)
        self.same(f"{name}, asked", discount["asked"], asked)
        given = wanted
        if any(part > most for part, most in zip(wanted, room)):
            given = within(asked, weights, room) if "off" in discount else list(map(min, wanted, room))
        taken = {row["line"]: self.minor(row["amount"]) for row in discount["on"]}
        if "allowed_by_budget" in discount:
            self.same(f"{name}, by its budget", discount["allowed_by_budget"], sum(taken.values()))
            given = split(sum(taken.values()), given) if sum(given) else given
            if list(taken.values()) != given:
                self.bounded += 1
                given = list(taken.values())
        for line, part in zip(members, given):
            same(f"{name}, on line {line}", taken[line], part)
            left[line] -= part
        self.same(name, discount["amount"], sum(given))
        stopped = discount.get("clamped_by")
        if (sum(given) < asked) != (stopped is not None):
            raise Differs(f"{name}: {sum(given)} of {asked} was given, clamped by {stopped}")
        for funder in discount.get("funders", []):
            who, carried = funder["party"], self.parts(funder["on"])
            parts = {line: floor(rate(funder["rate"]) * part) for line, part in zip(members, given)}
            same(f"{name}, carried by {who}, by line", carried, {line: part for line, part in parts.items() if part})
            self.same(f"{name}, carried by {who}", funder["amount"], sum(parts.values()))
        self.amounts += len(members)

    def term(self, term, taken):
        """Its exact sum, and what each line brings to it."""
        if "fixed" in term:
            for line, units in term["units"].items():
                same(f"units of line {line}", units, self.lines[line]["quantity"])
            fixed = self.minor(term["fixed"])
            lines = [line for line in self.lines if line in term["units"]]
            return Fraction(fixed), dict(zip(lines, split(fixed, [term["units"][line] for line in lines])))
        column = {"left": "paid"}.get(term["base"], term["base"])
        bases = {}
        for row in term["on"]:
            line = row["line"]
            base = self.minor(self.lines[line][column]) - (taken.get(line, 0) if term["base"] == "left" else 0)
            bases[line] = max(0, base)
            self.same(f"{term['base']} of line {line}", row["amount"], bases[line])
        of = counted = sum(bases.values())
        self.same(f"{term['base']} of {list(bases)}", term["of"], of)
        if "band" in term:
            low, high = (None if limit is None else self.minor(limit) for limit in term["band"])
            counted = max(0, min(of, of if high is None else high) - low)
        self.same("the part of the base that counts", term["counted"], counted)
        product = counted * rate(term["rate"])
        same("counted × rate", Fraction(term["product_minor"]), product)
        return product, bases

    def shares(self):
        shares, taken, rounded, reckoned = self.told["shares"], {}, {}, {}
        for place, share in enumerate(shares):
            together = share["rounding"].get("with", [place])
            for one in together:
                if one not in reckoned:
                    reckoned[one] = self.reckoned(shares[one], taken)
            if place not in rounded:
                exact = [reckoned[one][1] for one in together]
                rounded.update(zip(together, apportion(exact, share["rounding"]["by"])))
            terms, exact, limited = reckoned[place]
            amount = rounded[place]
            if not limited:
                for limit, pick in (("minimum", max), ("maximum", min)):
                    if limit in share:
                        amount = pick(amount, self.minor(share[limit]))
            self.share(share, terms, amount, taken)

    def reckoned(self, share, taken):
        terms = [self.term(term, taken) for term in share["terms"]]
        plain = exact = sum((sum_of for sum_of, _ in terms), Fraction(0))
        same(f"sum of {share['party']}", Fraction(share["sum_minor"]), plain)
        for limit, pick in (("minimum", max), ("maximum", min)):
            if limit in share:
                exact = pick(exact, Fraction(self.minor(share[limit])))
        same(f"exact sum of {share['party']}", Fraction(share["exact_minor"]), exact)
        self.amounts += 2
        return terms, exact, exact != plain

    def share(self, share, terms, amount, taken):
        name = f"share of {share['party']} by {share['policy']}"
        self.same(f"{name}, rounded", share["rounded"], amount)
        trimmed = self.minor(share.get("trimmed", "0"))
        self.same(name, share["amount"], amount - trimmed)
        printed, parts = self.parts(share["allocation"]), self.by_line(terms, amount)
        same(f"{name}, sum of its lines", sum(printed.values()), amount - trimmed)
        if not trimmed:
            same(f"{name}, by line", printed, parts)
        else:
            cut = dict(zip(parts, split(amount - trimmed, list(parts.values()))))
            if printed != {line: part for line, part in cut.items() if part}:
                self.bounded += 1
        for funder in share.get("funders", []):
            carried = floor(rate(funder["rate"]) * (amount - trimmed))
            self.same(f"{name}, carried by {funder['party']}", funder["amount"], carried)
        for line, part in parts.items():
            taken[line] = taken.get(line, 0) + part
        self.amounts += len(printed)

    def by_line(self, terms, amount):
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
        add = lambda rows, key: sum(self.minor(row[key]) for row in rows)
        told = self.told
        lines, shares = told["lines"], add(told["shares"], "amount")
        due = add(lines, "due")
        funders = [funder for discount in told["discounts"] for funder in discount.get("funders", [])]
        for key, computed in {
            "list": add(lines, "list"),
            "discounts": add(lines, "discount"),
            "due": due,
            "goods_paid": add([line for line in lines if line["kind"] == "goods"], "paid"),
            "shares": shares,
            "merchant_net": due - shares,
            "funded": add(funders, "amount"),
        }.items():
            self.same(f"total {key}", told["totals"][key], computed)

    def guard_checks(self):
        for check in self.told["guard_checks"]:
            if check.get("bound") is None:
                continue
            found, bound = Fraction(check["found"]), Fraction(check["bound"])
            if "rate" in check:
                allowed = floor(rate(check["rate"]) * self.minor(check["of"]))
                self.same(f"what {check['rule']} allows", check["bound"], allowed)
            holds = {"equal": found == bound, "at_most": found <= bound, "at_least": found >= bound}[check["must_be"]]
            same(f"whether {check['rule']} holds", check["holds"], holds)

    def moved(self):
        """What the books moved balances, and is what was decided."""
        sums, held = {}, {}
        for row in self.told.get("moved", []):
            amount = self.minor(row["amount"]) if row["asset"] == self.told["currency"] else int(row["amount"])
            key = (row["by"], row["asset"])
            sums[key] = sums.get(key, 0) + amount
            if row["by"] == "accrual":
                held[row["account"]] = amount
        for key, total in sums.items():
            same(f"what {key} moves in all", total, 0)
        expected = {"payments": -self.minor(self.told["totals"]["due"]), "merchant": self.minor(self.told["totals"]["merchant_net"])}
        for share in self.told["shares"]:
            account = f"held:{share['party']}:{self.told['order']}"
            expected[account] = expected.get(account, 0) + self.minor(share["amount"])
        if held:
            same("the accrual", held, {account: amount for account, amount in expected.items() if amount})
            self.amounts += len(held)


def main():
    decisions = amounts = bounded = 0
    for number, line in enumerate(sys.stdin, 1):
        told = json.loads(line)
        if told.get("outcome") != "decided":
            continue
        recomputing = Recomputing(told)
        try:
            recomputing.check()
        except Differs as difference:
            print(f"line {number}, {told['fact']}: {difference}")
            return 1
        decisions, amounts, bounded = decisions + 1, amounts + recomputing.amounts, bounded + recomputing.bounded
    print(f"{decisions} decisions, {amounts} amounts agree; of {bounded} too little is printed for the last step")
    return 0 if decisions else 2


if __name__ == "__main__":
    sys.exit(main())
