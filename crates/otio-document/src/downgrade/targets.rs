//! Which versions are wanted.

use std::collections::BTreeMap;
use std::str::FromStr;

use crate::schema::SCHEMAS;

/// The family of versions that belongs to opentimelineio itself.
const CORE_FAMILY: &str = "OTIO_CORE";

/// The releases that opentimelineio 0.18.1 has versions for, each with the versions that differ from its own.
const RELEASES: &[(&str, &[(&str, i32)])] = &[
    ("0.14.0", &[("Clip", 1)]),
    ("0.15.0", &[]),
    ("0.16.0", &[]),
    ("0.17.0", &[]),
    ("0.18.0", &[]),
    ("0.18.1", &[]),
];

/// The newest version of each schema that a reader knows; what it does not name may be of any version.
///
/// As text: the label of an opentimelineio release, as `otiotool --downgrade` takes it (`0.14.0`, `OTIO_CORE:0.14.0`),
/// or versions (`Clip=1,Marker=2`), or both, where later ones win. OTIO has a dictionary for it: the argument
/// `schema_version_targets` of `serialize_json_to_string`, and `target_schema_versions` of `adapters.write_to_file`.
///
/// ```
/// use otio_document::TargetVersions;
///
/// let targets: TargetVersions = "0.14.0,Marker=1".parse()?;
/// assert_eq!((targets.get("Clip"), targets.get("Marker"), targets.get("Foo")), (Some(1), Some(1), None));
/// # Ok::<(), otio_document::TargetVersionsError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TargetVersions {
    versions: BTreeMap<String, i32>,
}

impl TargetVersions {
    /// What a release of opentimelineio knows, such as `0.14.0`, as `versioning.fetch_map("OTIO_CORE", label)` of 0.18.1
    /// gives it; none where 0.18.1 has no such label.
    ///
    /// ```
    /// use otio_document::TargetVersions;
    ///
    /// let targets = TargetVersions::of_release("0.14.0").ok_or("a label of 0.18.1")?;
    /// assert_eq!((targets.get("Clip"), targets.get("Marker")), (Some(1), Some(2)));
    /// # Ok::<(), &str>(())
    /// ```
    pub fn of_release(label: &str) -> Option<Self> {
        let (_, older) = RELEASES.iter().find(|(release, _)| *release == label)?;
        let is_known = |name: &str| name != "Test" || label != "0.14.0";
        let newest = SCHEMAS.iter().map(|schema| (schema.name, schema.version));
        let newest = newest.filter(|(name, _)| is_known(name)).chain([("UnknownSchema", 1)]);
        Some(newest.chain(older.iter().copied()).collect())
    }

    /// The labels that [`of_release`](Self::of_release) knows, oldest first.
    pub fn releases() -> impl Iterator<Item = &'static str> {
        RELEASES.iter().map(|(release, _)| *release)
    }

    /// The version of a schema that may be written at most; none where any may be.
    pub fn get(&self, schema: &str) -> Option<i32> {
        self.versions.get(schema).copied()
    }

    /// Schemas and their versions, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, i32)> {
        self.versions.iter().map(|(schema, version)| (schema.as_str(), *version))
    }
}

/// Later versions of a schema replace earlier ones.
impl<S: Into<String>> FromIterator<(S, i32)> for TargetVersions {
    fn from_iter<I: IntoIterator<Item = (S, i32)>>(versions: I) -> Self {
        Self { versions: versions.into_iter().map(|(schema, version)| (schema.into(), version)).collect() }
    }
}

/// Why a text names no [`TargetVersions`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TargetVersionsError {
    /// A family of versions other than opentimelineio's own, `OTIO_CORE`. Its name.
    #[error(
        "the family {0:?} is not known: only {CORE_FAMILY} is, since others come from plug-ins of opentimelineio; give \
         versions one by one, such as Clip=1,Marker=2"
    )]
    UnknownFamily(String),
    /// A release without versions of its own. Its label.
    #[error(
        "opentimelineio 0.18.1 has no versions for the release {0:?}: give one of {known}, or versions such as Clip=1",
        known = TargetVersions::releases().collect::<Vec<_>>().join(", ")
    )]
    UnknownRelease(String),
    /// A version that is no 32-bit number.
    #[error("{version:?} is no version of {schema}: give a whole number, such as {schema}=1")]
    NotAVersion {
        /// The name of the schema.
        schema: String,
        /// What stands for its version.
        version: String,
    },
}

impl FromStr for TargetVersions {
    type Err = TargetVersionsError;

    /// # Errors
    /// A family or a release that is not known, or a version that is no 32-bit number.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut targets = Self::default();
        for part in text.split(',').map(str::trim) {
            match part.split_once('=') {
                Some((schema, version)) => {
                    let (schema, version) = named_version(schema.trim(), version.trim())?;
                    targets.versions.insert(schema, version);
                }
                None => targets.versions.extend(release(part)?.versions),
            }
        }
        Ok(targets)
    }
}

fn named_version(schema: &str, version: &str) -> Result<(String, i32), TargetVersionsError> {
    let schema = schema.to_owned();
    match version.parse() {
        Ok(version) => Ok((schema, version)),
        Err(_) => Err(TargetVersionsError::NotAVersion { schema, version: version.to_owned() }),
    }
}

/// A label with or without its family.
fn release(text: &str) -> Result<TargetVersions, TargetVersionsError> {
    let label = match text.split_once(':') {
        Some((CORE_FAMILY, label)) => label,
        Some((family, _)) => return Err(TargetVersionsError::UnknownFamily(family.to_owned())),
        None => text,
    };
    TargetVersions::of_release(label).ok_or_else(|| TargetVersionsError::UnknownRelease(label.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::TargetVersions;

    fn versions(text: &str) -> Result<TargetVersions, String> {
        text.parse().map_err(|error: super::TargetVersionsError| error.to_string())
    }

    #[test]
    fn a_label_with_or_without_its_family_names_the_versions_of_a_release() {
        let release = TargetVersions::of_release("0.14.0").unwrap();
        assert_eq!(versions("0.14.0"), Ok(release.clone()));
        assert_eq!(versions("OTIO_CORE:0.14.0"), Ok(release));
    }

    #[test]
    fn versions_are_named_one_by_one_or_after_a_release() {
        assert_eq!(versions("Clip=1, Marker = 2"), Ok([("Clip", 1), ("Marker", 2)].into_iter().collect()));
        let mended = versions("0.14.0,Clip=2").unwrap();
        assert_eq!((mended.get("Clip"), mended.get("Track")), (Some(2), Some(1)));
    }

    #[test]
    fn what_is_not_known_is_told_with_what_is() {
        let cases = [
            ("STUDIO:1.0", "the family \"STUDIO\" is not known"),
            ("0.13.0", "0.14.0, 0.15.0"),
            ("", "no versions for the release \"\""),
            ("Clip=one", "give a whole number, such as Clip=1"),
            ("Clip=99999999999", "is no version of Clip"),
        ];
        for (text, wanted) in cases {
            let error = versions(text).unwrap_err();
            assert!(error.contains(wanted), "{error}");
        }
    }
}
