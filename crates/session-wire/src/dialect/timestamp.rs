//! ISO 8601 times of the ASWF page.

/// Seconds since 1970 of a time such as `2025-01-31T16:14:00.5Z` or `…+01:00`; one without a zone is taken as UTC.
pub(super) fn seconds_since_1970(text: &str) -> Option<f64> {
    let (date, time) = text.split_once(['T', ' '])?;
    let mut date = date.splitn(3, '-').map(whole);
    let (year, month, day) = (date.next()??, date.next()??, date.next()??);
    let (clock, offset) = split_zone(time)?;
    let mut clock = clock.splitn(3, ':');
    let (hour, minute) = (whole(clock.next()?)?, whole(clock.next()?)?);
    let second: f64 =
        clock.next().filter(|text| text.bytes().all(|b| b.is_ascii_digit() || b == b'.'))?.parse().ok()?;
    let plausible = year <= 9999
        && (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && hour <= 24
        && minute < 60
        && second < 61.0;
    let whole_minutes = days_since_1970(year, month, day) * 1440 + hour * 60 + minute - offset;
    let minutes = f64::from(i32::try_from(whole_minutes).ok()?);
    plausible.then_some(minutes * 60.0 + second)
}

/// A run of digits.
fn whole(text: &str) -> Option<i64> {
    let digits = !text.is_empty() && text.len() <= 9 && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

/// The clock part and the offset of the zone in minutes.
fn split_zone(time: &str) -> Option<(&str, i64)> {
    if let Some(clock) = time.strip_suffix(['Z', 'z']) {
        return Some((clock, 0));
    }
    let Some(at) = time.find(['+', '-']) else { return Some((time, 0)) };
    let (clock, zone) = time.split_at(at);
    let (hours, minutes) = zone[1..].split_once(':').or_else(|| zone.get(1..3).zip(zone.get(3..5)))?;
    let minutes = whole(hours)? * 60 + whole(minutes)?;
    Some((clock, if zone.starts_with('-') { -minutes } else { minutes }))
}

/// Days of the Gregorian calendar since 1970-01-01.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let shifted = if month <= 2 { year - 1 } else { year };
    let era = shifted.div_euclid(400);
    let year_of_era = shifted.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::seconds_since_1970;

    #[test]
    fn times_with_and_without_zone_are_read() {
        for (text, seconds) in [
            ("1970-01-01T00:00:00Z", Some(0.0)),
            ("2025-01-31T16:14:00Z", Some(1_738_340_040.0)),
            ("2025-01-31T17:14:00.25+01:00", Some(1_738_340_040.25)),
            ("2025-01-31T11:14:00-0500", Some(1_738_340_040.0)),
            ("2024-02-29T12:00:00", Some(1_709_208_000.0)),
            ("now", None),
            ("2025-13-31T16:14:00Z", None),
            ("2025-01-31Té:14:00Z", None),
            ("2025-01-31T16:14:00+é", None),
            ("", None),
        ] {
            assert_eq!(seconds_since_1970(text), seconds, "{text}");
        }
    }
}
