;; fenrun policy contract, version 1
;; =================================
;;
;; This file is the specification. It is a valid WebAssembly module that imports everything a policy may import,
;; so a tool can read names and signatures from it; the comments say what each import means. A test compares it
;; with the host's linker, with the table in `fenrun-abi` and with the Rust SDK, names and signatures.
;;
;; 1  The module
;; -------------
;; A policy is one core module. It imports only from "fenrun_v1". It exports one or more hooks, each of the
;; signature () -> i32:
;;
;;   configure   optional; called once for a program's configuration, before any decision. What it changes in
;;               memory and in mutable globals is kept and stands in every instance that decides.
;;   discounts   decides discounts while the order is priced.
;;   shares      decides shares when the order is paid.
;;   grants      decides units (points, stars, coupons) and tiers when an order is paid or something else happens.
;;   period      decides bonuses and tiers when a period closes, called once for each party that sold or earned
;;               something in it, or that the merchant has named in a role.
;;
;; What each hook may ask for: `discounts` discounts, `shares` shares, `grants` grants and tiers, `period` shares of no
;; lines (bonuses) and tiers. Anything else is a violation that names the hook: `grants` gives no money.
;;
;; A hook returns 0 (done: the ended effects are asked for) or 1 (refused: the effects are dropped, the reason given
;; to `refuse` is kept). Every other number, a trap, and running out of fuel is a failure of the policy.
;; An exported `_initialize` of the signature () -> () is called before `configure`, for compilers that need it.
;;
;; The module may export its memory as "memory"; only then may it pass addresses. The manifest, as JSON, is the
;; custom section "fenrun_manifest". There is no start section, and there are no floats.
;;
;; Every hook call begins in the state that `configure` left: nothing a call writes is seen by another.
;;
;; 2  Values
;; ---------
;; Amounts are i64 in minor units of the program's currency. Counts, seconds, symbols and codes are integers.
;; ABSENT is i64 -9223372036854775808: what a read answers where the facts have no value.
;; Indices start at 0. Lines are sorted by id; their order never depends on how they were sent.
;; Line amounts are ready multiplied by the quantity, unless the field says "one unit".
;;
;; A symbol is the number of a string that the module knows: the well-known words below, and what it registered with
;; `symbol` or read as a text with `config`. Every other string reads as 0.
;;
;;   1 seller   2 upline   3 guide    4 store     5 channel   6 brand    7 platform  8 designer  9 streamer
;;  10 leader  11 referrer 12 merchant 13 partner 14 agent    15 dealer  16 licensor 17 host    18 consumer
;;  19 supplier
;;  20 order.paid   21 order.completed   22 relation.bound   23 day.closed   24 check_in
;;  registered symbols start at 64
;;
;; A set of lines is an i32: an index is that line; -1 is all goods; -2 is shipping; -3 is none, which the parts of a
;; bonus belong to; -16 and below is a group.
;;
;; 3  Fields
;; ---------
;; order (the number, the name):
;;    0 order.line_count   1 order.party_count  2 order.list      3 order.discount   4 order.paid
;;    5 order.ex_tax       6 order.margin       7 order.net       8 order.shipping   9 order.quantity
;;   10 order.time        11 order.year        12 order.month    13 order.day       14 order.weekday
;;   15 order.hour        16 order.minute      17 buyer.order_number
;;   18 buyer.days_since_last_order            19 buyer.id       20 buyer.party     21 order.source
;;   22 order.currency_exponent                23 order.seller      24 order.coupon_count
;; line:
;;    0 line.id            1 line.kind          2 line.quantity   3 line.unit_price (one unit)
;;    4 line.list          5 line.discount      6 line.paid       7 line.ex_tax      8 line.margin
;;    9 line.net          10 line.tax          11 line.cost      12 line.floor      13 line.category
;;   14 line.item
;; party:
;;    0 party.id           1 party.role         2 party.depth     3 party.tier       4 party.volume
;;    5 party.is_buyer     6 party.eligible     7 party.bound_days
;; coupon:
;;    0 coupon.id          1 coupon.kind        2 coupon.issuer      3 coupon.giver     4 coupon.issuer_party
;;    5 coupon.giver_party 6 coupon.amount      7 coupon.rate_numerator
;;    8 coupon.rate_denominator                 9 coupon.minimum    10 coupon.uses_left
;;   11 coupon.days_left  12 coupon.days_held
;; period (only in `period`):
;;    0 period.window      1 period.start       2 period.end         3 period.year      4 period.month
;;    5 period.day         6 period.volume      7 period.orders      8 period.accrued
;;    9 period.accrued_here                    10 period.direct_volume
;;   11 period.group_volume                    12 period.rank       13 period.ranked
;;   14 period.total_volume                    15 period.newly_bound
;;   16 period.tied
;; event (only in `grants`):
;;    0 event.kind         1 event.party        2 event.relation
;;
;; In `discounts`, paid is the price that is left after earlier policies. In `shares`, paid is the final base: goods
;; after discounts, without shipping and without tenders that are not commissionable.
;;
;; Coupons are those that the buyer presents and can use, sorted by id; what cannot be used is not there. id, kind, issuer
;; and giver (who handed it out) are symbols; issuer_party and giver_party are indices of parties, or absent: where the
;; event does not name the parties, the issuer joins them as `merchant` and the giver as `partner` unless they are there
;; already. amount, rate (numerator and denominator) and minimum (what the goods have to come to) are what whoever
;; created it said; the host does not apply them. uses_left counts this order; days_left is 0 on the last day; days_held
;; is whole days since it was issued to the buyer, or created where anybody may present it. A coupon is used up by the
;; effects that `redeem` names it for, and by the policies whose entry in the program names it.
;;
;; In `period` there is one party, index 0: the one the period is closed for. party.volume is then period.volume. Of the
;; order, line_count is 0, party_count 1, currency_exponent and seller are set, and all else is absent. period.start and
;; period.end (the first moment after) are seconds as order.time; year, month and day are of the start, in the program's
;; time zone. Volumes are goods paid, less refunds: the party's own as seller of record, its direct downlines', its whole
;; group's (itself included), and everybody's. accrued is what the period's orders have given the party in shares, less
;; clawbacks; accrued_here only what the policy that asks has given. rank is 1 for the best volume; equal volumes share
;; the better rank, and it is absent where the party has none. tied is how many parties share the rank, the party itself
;; included; absent with it.
;;
;; In `grants`, order.time to order.minute are the moment of the event. Where the event is about an order, everything is
;; as in `shares`; else there are no lines, and line_count and the amounts of the order are absent. event.kind and
;; event.relation are symbols; kinds that are not well known are words of the host application. The buyer is who the
;; event is about: the member who is bound, the visitor who checks in; there may be none. event.party is the seller of
;; record, or the party that a member was bound to.
;;
;; line.kind: 0 goods, 1 shipping, 2 fee, 3 deposit.
;; base: 0 list, 1 paid, 2 ex_tax, 3 margin, 4 net, 5 left (of paid, after earlier shares).
;; base in `period`, and only there: 16 volume, 17 direct_volume, 18 group_volume, 19 total_volume, 20 accrued,
;;   21 accrued_here. None is ever below zero.
;; window: 0 day, 1 month, 2 quarter, 3 year, 4 all.   holding: 0 holding.held, 1 holding.earned.
;; scope: 0 order, 1 buyer, 2 line, 3 party, 4 coupon.   limit: 0 minimum, 1 maximum.
;; text: 0 id, 1 category, 2 item, 3 role, 4 tier, 5 source, 6 kind, 7 issuer, 8 giver.
;; part: 0 value, 1 denominator, 2 length.
;;
;; 4  Failures and fuel
;; --------------------
;; A call fails, and with it the hook, when it is made in the wrong hook, names an unknown field, code, scope, handle or
;; symbol, an index past the end, an address range past the end of memory, a text that is not UTF-8 or is too long, or one
;; thing more than the limits of `fenrun_abi::limit` allow. A failing call has no effect.
;; Values of an effect (amounts, ratios, sets of lines) do not fail: they are kept as they are, and the guard
;; answers nonsense with a violation that shows the numbers.
;;
;; Fuel is charged for each call beside the instruction: 8 for a read, 16 for a part of an effect, 64 where a string
;; is looked up (so 72 for a read of a field that is a symbol), 160 where tags or attributes are looked through, and 1 for
;; each started 8 bytes that pass through memory. An instruction costs 1, but `memory.grow` 32, and 8,192 for each page
;; that it adds.

(module
  ;; ---- reads -----------------------------------------------------------------------------------------------

  ;; order(field) -> value                                                                              fuel 8
  (import "fenrun_v1" "order" (func $order (param $field i32) (result i64)))

  ;; line(index, field) -> value                                                                        fuel 8
  (import "fenrun_v1" "line" (func $line (param $index i32) (param $field i32) (result i64)))

  ;; lines(field, first, count, address) -> copied                       fuel 8 + 2 for each value
  ;; Of `line.id`, `line.category` and `line.item` 64 more for each value, which is looked up.
  ;; Copies one field of up to `count` lines, from `first` on, to `address` as little-endian i64. Answers how many
  ;; were copied: fewer than `count` at the end of the order. `first` may be the number of lines: then 0.
  (import "fenrun_v1" "lines" (func $lines (param $field i32) (param $first i32) (param $count i32) (param $address i32) (result i32)))

  ;; party(index, field) -> value                                                                       fuel 8
  (import "fenrun_v1" "party" (func $party (param $index i32) (param $field i32) (result i64)))

  ;; coupon(index, field) -> value                                                                      fuel 8
  (import "fenrun_v1" "coupon" (func $coupon (param $index i32) (param $field i32) (result i64)))

  ;; period(field) -> value                                                                             fuel 8
  ;; Only in `period`.
  (import "fenrun_v1" "period" (func $period (param $field i32) (result i64)))

  ;; event(field) -> value                                                                              fuel 8
  ;; Only in `grants`.
  (import "fenrun_v1" "event" (func $event (param $field i32) (result i64)))

  ;; holding(party, asset, field) -> units                                                             fuel 64
  ;; Only in `grants`. Units of an asset (a symbol) that a party, or the buyer (-1), holds now or has earned in all. At
  ;; most 32 holders and assets in one call. The host looks them up when they are asked for, and then calls the hook
  ;; again, from the start and with fresh fuel: a hook sees the same numbers throughout.
  (import "fenrun_v1" "holding" (func $holding (param $party i32) (param $asset i32) (param $field i32) (result i64)))

  ;; attribute(scope, index, key) -> value                                                            fuel 160
  ;; A custom attribute: a number, 0 or 1, or the symbol of a string. `key` is a symbol. ABSENT where there is none.
  (import "fenrun_v1" "attribute" (func $attribute (param $scope i32) (param $index i32) (param $key i32) (result i64)))

  ;; tagged(scope, index, tag) -> 0 or 1                                                              fuel 160
  (import "fenrun_v1" "tagged" (func $tagged (param $scope i32) (param $index i32) (param $tag i32) (result i32)))

  ;; text(scope, index, field, address, size) -> length              fuel 64 + 1 for each 8 bytes copied
  ;; Copies at most `size` (and at most 1,024) bytes of a string, UTF-8, possibly cut inside a character. Answers the
  ;; string's whole length in bytes, or -1 where there is none.
  (import "fenrun_v1" "text" (func $text (param $scope i32) (param $index i32) (param $field i32) (param $address i32) (param $size i32) (result i32)))

  ;; ---- only in configure -----------------------------------------------------------------------------------

  ;; symbol(address, length) -> symbol                                      fuel 64 + 1 for each 8 bytes
  ;; Registers a string. The same string has the same symbol.
  (import "fenrun_v1" "symbol" (func $symbol (param $address i32) (param $length i32) (result i32)))

  ;; config(address, length, part) -> value                                 fuel 64 + 1 for each 8 bytes
  ;; A part of the configured value at a path such as "tiers.2.rate": an integer, an amount in minor units, a rate's
  ;; numerator and denominator, 0 or 1, seconds of a duration, the symbol of a text or a role, the place of a choice,
  ;; the number of a base, or the length of a list. ABSENT where there is none.
  (import "fenrun_v1" "config" (func $config (param $address i32) (param $length i32) (param $part i32) (result i64)))

  ;; ---- sets of lines ---------------------------------------------------------------------------------------

  ;; group(handle, word, mask) -> handle                                                               fuel 32
  ;; Makes a set of lines (handle -1) or widens one. Bit b of the mask is the line 64 × word + b.
  (import "fenrun_v1" "group" (func $group (param $handle i32) (param $word i32) (param $mask i64) (result i32)))

  ;; ---- shares ----------------------------------------------------------------------------------------------
  ;; A share is one exact sum of its terms and fixed amounts, bounded by its limits, and rounded once by the host.
  ;;
  ;; In `period` the same calls make a bonus: every part is of no lines (-3), the bases are those of the period, and a
  ;; ratio may be negative, down to -1: that part is taken off. So a true-up is "rate of volume, less all of
  ;; accrued_here". A sum below zero is zero: closing a period takes nothing back. The host floors a bonus, and allocates
  ;; it over the period's orders of the party.

  ;; share(party) -> effect                                                                            fuel 16
  (import "fenrun_v1" "share" (func $share (param $party i32) (result i32)))

  ;; share_term(effect, lines, base, numerator, denominator)                                           fuel 16
  ;; Adds numerator / denominator of the base of these lines.
  (import "fenrun_v1" "share_term" (func $share_term (param $effect i32) (param $lines i32) (param $base i32) (param $numerator i64) (param $denominator i64)))

  ;; share_band(effect, lines, base, from, to, numerator, denominator)                                 fuel 16
  ;; As share_term, of the part of the base that lies above `from` and not above `to`.
  (import "fenrun_v1" "share_band" (func $share_band (param $effect i32) (param $lines i32) (param $base i32) (param $from i64) (param $to i64) (param $numerator i64) (param $denominator i64)))

  ;; share_fixed(effect, lines, amount)                                                                fuel 16
  ;; Adds an amount that belongs to these lines: after a refund it shrinks with their units.
  (import "fenrun_v1" "share_fixed" (func $share_fixed (param $effect i32) (param $lines i32) (param $amount i64)))

  ;; share_limit(effect, limit, amount)                                                                fuel 16
  ;; At least (0) or at most (1) this much. Each may be set once.
  (import "fenrun_v1" "share_limit" (func $share_limit (param $effect i32) (param $limit i32) (param $amount i64)))

  ;; share_funder(effect, party, numerator, denominator)                                               fuel 16
  ;; This party carries a part of the share; the merchant carries the rest. Floored for each funder; a refund gives each
  ;; of them back its part of what is taken back. Not in `period`.
  (import "fenrun_v1" "share_funder" (func $share_funder (param $effect i32) (param $party i32) (param $numerator i64) (param $denominator i64)))

  ;; ---- discounts -------------------------------------------------------------------------------------------
  ;; A discount is rounded once, half up, and never takes a line below zero or below its floor. Exactly one of
  ;; percent, amount and price says how it is reckoned.

  ;; discount(lines) -> effect                                                                         fuel 16
  (import "fenrun_v1" "discount" (func $discount (param $lines i32) (result i32)))

  ;; discount_percent(effect, numerator, denominator)                                                  fuel 16
  ;; Takes numerator / denominator of the price that is left. With discount_units: of that price of so many units.
  (import "fenrun_v1" "discount_percent" (func $discount_percent (param $effect i32) (param $numerator i64) (param $denominator i64)))

  ;; discount_amount(effect, amount)                                                                   fuel 16
  ;; Takes an amount, shared out over the lines by what is left of their price.
  (import "fenrun_v1" "discount_amount" (func $discount_amount (param $effect i32) (param $amount i64)))

  ;; discount_price(effect, amount)                                                                    fuel 16
  ;; Makes each unit cost this much, where it costs more.
  (import "fenrun_v1" "discount_price" (func $discount_price (param $effect i32) (param $amount i64)))

  ;; discount_units(effect, units)                                                                     fuel 16
  ;; Applies to so many units of the one line it names. With 1 / 1 these units are free.
  (import "fenrun_v1" "discount_units" (func $discount_units (param $effect i32) (param $units i64)))

  ;; discount_funder(effect, party, numerator, denominator)                                            fuel 16
  ;; This party carries a part of the discount; the merchant carries the rest.
  (import "fenrun_v1" "discount_funder" (func $discount_funder (param $effect i32) (param $party i32) (param $numerator i64) (param $denominator i64)))

  ;; ---- units and tiers -------------------------------------------------------------------------------------

  ;; grant(party, asset, units, days) -> effect                                                        fuel 16
  ;; Only in `grants`. A party, or the buyer (-1), gets so many whole units (at least 1) of an asset (a symbol), which
  ;; expire after so many days (at least 1), or never (-1).
  (import "fenrun_v1" "grant" (func $grant (param $party i32) (param $asset i32) (param $units i64) (param $days i32) (result i32)))

  ;; grant_term(effect, lines, base, numerator, denominator)                                           fuel 16
  ;; What the units came from: numerator / denominator units for each minor unit of a base of some lines of the order.
  ;; After a refund no more of them is left than the sum of all terms, on what remains, floored. At most 8 for a grant.
  (import "fenrun_v1" "grant_term" (func $grant_term (param $effect i32) (param $lines i32) (param $base i32) (param $numerator i64) (param $denominator i64)))

  ;; grant_each(effect, asset, each)                                                                   fuel 16
  ;; The units are one for each `each` units of another asset (a symbol) that the receiver has earned in all: where a
  ;; refund takes of those, what is too many over all is taken back, as far as the receiver still holds it.
  (import "fenrun_v1" "grant_each" (func $grant_each (param $effect i32) (param $asset i32) (param $each i64)))

  ;; tier(party, tier) -> effect                                                                       fuel 16
  ;; Only in `period` and `grants`. A party has this tier (a symbol) from now on. Two different tiers for one party are a
  ;; violation, whichever policies ask for them.
  (import "fenrun_v1" "tier" (func $tier (param $party i32) (param $tier i32) (result i32)))

  ;; ---- coupons ---------------------------------------------------------------------------------------------

  ;; redeem(effect, coupon)                                                                            fuel 16
  ;; A discount or a share uses this coupon (an index) up, if it comes to more than nothing: once for an order, however
  ;; many effects name it. It is reserved with the quote, redeemed when the order is paid, and given back when it is
  ;; cancelled.
  (import "fenrun_v1" "redeem" (func $redeem (param $effect i32) (param $coupon i32)))

  ;; ---- every effect ----------------------------------------------------------------------------------------

  ;; reason(effect, address, length)                                        fuel 16 + 1 for each 8 bytes
  ;; Why, for people; at most 200 bytes; may be given once.
  (import "fenrun_v1" "reason" (func $reason (param $effect i32) (param $address i32) (param $length i32)))

  ;; end(effect)                                                                                       fuel 16
  ;; Asks for the effect. Exactly once for each: an effect left open, or ended twice, is a violation.
  (import "fenrun_v1" "end" (func $end (param $effect i32)))

  ;; ---- words -----------------------------------------------------------------------------------------------

  ;; note(address, length)                                                  fuel 16 + 1 for each 8 bytes
  ;; A line for the trace; at most 16 of at most 200 bytes.
  (import "fenrun_v1" "note" (func $note (param $address i32) (param $length i32)))

  ;; refuse(address, length)                                                fuel 16 + 1 for each 8 bytes
  ;; Why the hook refuses. The hook then returns 1.
  (import "fenrun_v1" "refuse" (func $refuse (param $address i32) (param $length i32)))
)
