;; What a guard is for: a policy that pays money for bringing somebody in. Never a stock policy; only tests use it.
;;
;; Configured `from_fee = false` it pays the first upline 50.00 for whoever joins, whatever that one buys. With
;; `from_fee = true` it pays the upline 30 % of the entry fee, which is the order's first line.
(module
  (import "fenrun_v1" "config" (func $config (param i32 i32 i32) (result i64)))
  (import "fenrun_v1" "share" (func $share (param i32) (result i32)))
  (import "fenrun_v1" "share_fixed" (func $share_fixed (param i32 i32 i64)))
  (import "fenrun_v1" "share_term" (func $share_term (param i32 i32 i32 i64 i64)))
  (import "fenrun_v1" "reason" (func $reason (param i32 i32 i32)))
  (import "fenrun_v1" "end" (func $end (param i32)))

  (memory (export "memory") 1)
  (data (i32.const 0) "from_fee")
  (data (i32.const 16) "brought a member in")

  (global $from_fee (mut i64) (i64.const 0))

  (func (export "configure") (result i32)
    (global.set $from_fee (call $config (i32.const 0) (i32.const 8) (i32.const 0)))
    (i32.const 0))

  (func (export "shares") (result i32)
    (local $effect i32)
    ;; Party 1 of the chain is the upline of who joins.
    (local.set $effect (call $share (i32.const 1)))
    (if (i64.eqz (global.get $from_fee))
      (then (call $share_fixed (local.get $effect) (i32.const -1) (i64.const 5000)))
      (else (call $share_term (local.get $effect) (i32.const 0) (i32.const 1) (i64.const 30) (i64.const 100))))
    (call $reason (local.get $effect) (i32.const 16) (i32.const 19))
    (call $end (local.get $effect))
    (i32.const 0))

  (@custom "fenrun_manifest"
    "{\"name\": \"pay-per-head\", \"version\": \"1.0.0\", \"abi\": 1, \"hooks\": [\"shares\"], "
    "\"summary\": \"Pays for bringing somebody in: stopped by the profile `cn`.\", "
    "\"configuration\": {\"from_fee\": {\"type\": \"boolean\", \"default\": false, \"about\": \"Whether it pays from the entry fee.\"}}}"))
