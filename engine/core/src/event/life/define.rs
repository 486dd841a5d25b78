//! How an event of the ledger is defined: its fields once, from which reading, writing, checking and the schema come.
//!
//! Invariant: a value in hand has been checked whole; nothing can be changed behind it.

/// Defines one kind of event.
///
/// Each field has the name it has in JSON, its name in code, its type, what its getter answers, `optional` where it may
/// be left out, and the units of an amount, which differ in code and in JSON. `key` names the fields that identify the
/// fact; `check` what must be true of the whole; `normal` what brings it into its one form, such as leaving a default
/// out, so that the same fact is always the same text.
macro_rules! life_event {
    (
        $(#[doc = $doc:literal])*
        $name:ident = $kind:literal, key($($key:ident),*), wire $wire:ident;
        $(
            $(#[doc = $field_doc:literal])*
            $(#[schemars($($limit:tt)*)])?
            $json:literal $field:ident: $type:ty => $shown:ty $(, $optional:ident)? $(, $minor:literal in JSON $major:literal)?;
        )*
        $(check $check:path;)?
        $(normal $normal:path;)?
    ) => {
        $(#[doc = $doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $name {
            $(pub(in crate::event) $field: $type,)*
        }

        impl $name {
            #[doc = concat!("The event `", $kind, "`, checked.")]
            ///
            /// # Errors
            ///
            /// An [`EventError`](crate::event::EventError) with the place: as for the same event read from JSON.
            #[allow(clippy::too_many_arguments, reason = "each argument is a field of the event, in its order")]
            pub fn new(
                $($field: $type,)*
                expect: &$crate::event::Expectations,
            ) -> Result<Self, $crate::event::EventError> {
                Self { $($field,)* }.checked(expect)
            }

            $(
                $(#[doc = $field_doc])*
                $(#[doc = concat!("\n\nIn ", $minor, ".")])?
                #[must_use]
                pub fn $field(&self) -> $shown {
                    $crate::event::life::shown::Shown::shown(&self.$field)
                }
            )*

            fn checked(self, expect: &$crate::event::Expectations) -> Result<Self, $crate::event::EventError> {
                use $crate::event::life::field::Field as _;
                let root = $crate::event::place::Place::Root;
                $(self.$field.check(&root.field($json), expect)?;)*
                $($check(&self, expect)?;)?
                let checked = self;
                $(let checked = $normal(checked);)?
                Ok(checked)
            }
        }

        $(#[doc = $doc])*
        #[derive(serde::Deserialize, serde::Serialize, schemars::JsonSchema)]
        #[serde(deny_unknown_fields, expecting = "an object")]
        #[schemars(rename = $kind)]
        pub(in crate::event) struct $wire<'a> {
            /// The kind of the event.
            #[serde(borrow)]
            #[schemars(with = "String", extend("const" = $kind))]
            kind: $crate::event::json::scalar::Text<'a>,
            $(
                $(#[doc = $field_doc])*
                #[serde(borrow, rename = $json)]
                $(#[doc = concat!("In ", $major, ".")])?
                $(#[serde(default, skip_serializing_if = "Option::is_none")] #[cfg_attr(any(), $optional)])?
                $(#[schemars($($limit)*)])?
                $field: <$type as $crate::event::life::field::Field>::Wire<'a>,
            )*
        }

        impl $crate::event::life::LifeEvent for $name {
            fn kind(&self) -> &'static str {
                $kind
            }

            fn time(&self) -> jiff::Timestamp {
                $crate::event::life::moment::Moment::moment(self)
            }

            fn fact_key(&self) -> $crate::event::FactKey {
                let parts: Vec<String> = vec![$($crate::event::life::shown::Shown::key_part(&self.$key)),*];
                let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
                $crate::event::FactKey::new($kind, &parts)
            }

            fn to_json(&self, currency: fenrun_money::Currency) -> serde_json::Result<String> {
                use $crate::event::life::field::Field as _;
                serde_json::to_string(&$wire {
                    kind: $crate::event::json::scalar::Text::of($kind),
                    $($field: self.$field.write(currency),)*
                })
            }
        }

        impl $name {
            pub(in crate::event) const KIND: &'static str = $kind;

            pub(in crate::event) fn parse(
                json: &str,
                expect: &$crate::event::Expectations,
            ) -> Result<$crate::event::Event, $crate::event::EventError> {
                let wire: $wire<'_> = $crate::event::json::diagnosis::read_object(json)?;
                let root = $crate::event::place::Place::Root;
                let _ = (&wire.kind, &root);
                let read = Self {
                    $($field: $crate::event::life::field::Field::read(wire.$field, &root.field($json), expect)?,)*
                };
                read.checked(expect).map($crate::event::Event::from)
            }
        }

        impl From<$name> for $crate::event::Event {
            fn from(event: $name) -> $crate::event::Event {
                $crate::event::Event::$name(event)
            }
        }
    };
}

pub(in crate::event) use life_event;
