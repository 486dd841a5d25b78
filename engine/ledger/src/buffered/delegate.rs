//! The front of a ledger over a store.
//!
//! Invariant: hands every call on and adds nothing.

/// A ledger hands every call on to what it is made of.
macro_rules! delegate {
    ($name:ident) => {
        impl $crate::Ledger for $name {
            fn head(&mut self) -> Result<$crate::Head, $crate::LedgerError> {
                self.0.head()
            }
            fn begin(&mut self) -> Result<(), $crate::LedgerError> {
                self.0.begin()
            }
            fn commit(&mut self) -> Result<$crate::Head, $crate::LedgerError> {
                self.0.commit()
            }
            fn hand_over(&mut self) -> Result<$crate::HandedOver, $crate::LedgerError> {
                self.0.hand_over()
            }
            fn settle(&mut self) -> Result<(), $crate::LedgerError> {
                self.0.settle()
            }
            fn rollback(&mut self) -> Result<(), $crate::LedgerError> {
                self.0.rollback()
            }
            fn stored(&mut self, fact: &str) -> Result<Option<$crate::Stored>, $crate::LedgerError> {
                self.0.stored(fact)
            }
            fn document(&mut self, kind: &str, key: &str) -> Result<Option<Vec<u8>>, $crate::LedgerError> {
                self.0.document(kind, key)
            }
            fn scan(
                &mut self,
                kind: &str,
                from: &str,
                before: Option<&str>,
                limit: usize,
            ) -> Result<Vec<(String, Vec<u8>)>, $crate::LedgerError> {
                self.0.scan(kind, from, before, limit)
            }
            fn balance(
                &mut self,
                account: &$crate::Account,
                asset: &$crate::Asset,
            ) -> Result<i64, $crate::LedgerError> {
                self.0.balance(account, asset)
            }
            fn balances(
                &mut self,
                owner: Option<&str>,
                kind: Option<$crate::AccountKind>,
            ) -> Result<Vec<$crate::Balance>, $crate::LedgerError> {
                self.0.balances(owner, kind)
            }
            fn append(&mut self, entry: $crate::Entry) -> Result<u64, $crate::LedgerError> {
                self.0.append(entry)
            }
            fn entries(
                &mut self,
                after: u64,
                limit: usize,
            ) -> Result<Vec<$crate::StoredEntry>, $crate::LedgerError> {
                self.0.entries(after, limit)
            }
            fn entries_about(
                &mut self,
                correlation: &str,
            ) -> Result<Vec<$crate::StoredEntry>, $crate::LedgerError> {
                self.0.entries_about(correlation)
            }
            fn entries_of(&mut self, owner: &str) -> Result<Vec<$crate::StoredEntry>, $crate::LedgerError> {
                self.0.entries_of(owner)
            }
            fn put_module(&mut self, digest: [u8; 32], bytes: &[u8]) -> Result<(), $crate::LedgerError> {
                self.0.put_module(digest, bytes)
            }
            fn module(&mut self, digest: [u8; 32]) -> Result<Option<Vec<u8>>, $crate::LedgerError> {
                self.0.module(digest)
            }
        }
    };
}
pub(crate) use delegate;
