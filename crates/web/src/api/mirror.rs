//! Documents that say what a record of the application says, field for field. The application knows nothing of the
//! interface document; a field that is renamed there does not compile here.

/// Declares a document with its schema, made from a record with fields of the same names and types.
macro_rules! mirror {
    ($(#[$about:meta])* $name:ident of $record:ty {
        $($(#[$said:meta])* $field:ident: $kind:ty,)*
    }) => {
        $(#[$about])*
        #[derive(Debug, serde::Serialize, utoipa::ToSchema)]
        pub(crate) struct $name {
            $($(#[$said])* pub $field: $kind,)*
        }

        impl From<$record> for $name {
            fn from(record: $record) -> Self {
                $name { $($field: record.$field),* }
            }
        }
    };
}
pub(crate) use mirror;
