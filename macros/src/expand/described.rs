//! Describes the JSON form of a type by its tokens.

use syn::{GenericArgument, PathArguments, Type};

use crate::types;

/// Describes a type, as in `[string, ...]`. A user-defined type is `any`.
pub(super) fn described(ty: &Type) -> String {
    if let Some(elements) = types::elements(ty) {
        let elements: Vec<String> = elements.into_iter().map(described).collect();
        return format!("[{}]", elements.join(", "));
    }
    let Some(last) = types::path(ty).and_then(|path| path.segments.last()) else {
        return "any".to_owned();
    };
    let arguments = match &last.arguments {
        PathArguments::AngleBracketed(arguments) => arguments.args.iter().collect(),
        _ => Vec::new(),
    };
    let mut arguments = arguments.into_iter().filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(described(ty)),
        _ => None,
    });
    let mut next = || arguments.next().unwrap_or_else(|| "any".to_owned());
    match last.ident.to_string().as_str() {
        "bool" => "boolean".to_owned(),
        "f32" | "f64" => "number".to_owned(),
        "String" | "NodeId" | "char" => "string".to_owned(),
        "Integer" | "i8" | "i16" | "i32" | "i64" | "i128" | "isize" | "u8" | "u16" | "u32"
        | "u64" | "u128" | "usize" => "integer".to_owned(),
        "Elements" => "[any, ...]".to_owned(),
        "Vec" | "VecDeque" | "BTreeSet" => format!("[{}, ...]", next()),
        "BTreeMap" => {
            let (key, value) = (next(), next());
            format!("{{{key}: {value}, ...}}")
        }
        "Option" => format!("{} or null", next()),
        "Rc" | "Box" => next(),
        _ => "any".to_owned(),
    }
}
