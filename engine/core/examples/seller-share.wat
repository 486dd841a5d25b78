;; The smallest useful policy, written by hand: the seller gets a configured part of what was paid.
;; Authors write policies in Rust with `fenrun-sdk`; this one shows what a host application loads.
(module
  (import "fenrun_v1" "config" (func $config (param i32 i32 i32) (result i64)))
  (import "fenrun_v1" "order" (func $order (param i32) (result i64)))
  (import "fenrun_v1" "share" (func $share (param i32) (result i32)))
  (import "fenrun_v1" "share_term" (func $share_term (param i32 i32 i32 i64 i64)))
  (import "fenrun_v1" "reason" (func $reason (param i32 i32 i32)))
  (import "fenrun_v1" "end" (func $end (param i32)))

  (memory (export "memory") 1)
  (data (i32.const 0) "rate")
  (data (i32.const 16) "sold it")

  (global $numerator (mut i64) (i64.const 0))
  (global $denominator (mut i64) (i64.const 1))

  ;; Read the rate once; what is changed here stands in every decision.
  (func (export "configure") (result i32)
    (global.set $numerator (call $config (i32.const 0) (i32.const 4) (i32.const 0)))
    (global.set $denominator (call $config (i32.const 0) (i32.const 4) (i32.const 1)))
    (i32.const 0))

  (func (export "shares") (result i32)
    (local $seller i64) (local $effect i32)
    (local.set $seller (call $order (i32.const 23)))
    ;; Without a seller there is nothing to share.
    (if (i64.ne (local.get $seller) (i64.const -9223372036854775808))
      (then
        (local.set $effect (call $share (i32.wrap_i64 (local.get $seller))))
        (call $share_term (local.get $effect) (i32.const -1) (i32.const 1)
          (global.get $numerator) (global.get $denominator))
        (call $reason (local.get $effect) (i32.const 16) (i32.const 7))
        (call $end (local.get $effect))))
    (i32.const 0))

  (@custom "fenrun_manifest"
    "{\"name\": \"seller-share\", \"version\": \"1.0.0\", \"abi\": 1, \"hooks\": [\"shares\"], "
    "\"summary\": \"The seller gets a part of what was paid.\", "
    "\"configuration\": {\"rate\": {\"type\": \"rate\", \"maximum\": \"100%\", \"about\": \"The seller's part.\"}}}"))
