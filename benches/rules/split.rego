package split

# Three levels share in what was paid: 20 %, 5 % and 3 %, each rounded down.
rates := [20, 5, 3]

reasons := ["sold it", "is the seller's upline", "is the upline's upline"]

shares_of(paid) := [share |
	some depth, party in input.chain
	depth < 3
	share := {"party": party, "amount": floor((paid * rates[depth]) / 100), "reason": reasons[depth]}
]

shares := shares_of(input.paid)

# The buyer's first order costs 20 % less, rounded half up.
list := sum([amount | some line in input.lines; amount := line.quantity * line.price])

default discount := 0

discount := floor(((list * 20) + 50) / 100) if input.number == 1

decision := {"discount": discount, "shares": shares_of(list - discount)}
