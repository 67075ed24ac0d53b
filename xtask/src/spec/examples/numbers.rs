//! Generation of numbers.

use serde_json::{Number, Value};

use super::merged_schema::MergedSchema;

/// Bounds and step of a number.
#[derive(Default)]
struct Bounds {
    low: Option<Bound>,
    high: Option<Bound>,
    /// Value of the first `multipleOf`.
    step: Option<f64>,
}

#[derive(Clone, Copy)]
struct Bound {
    limit: f64,
    /// The bound, if it is an integer.
    whole: Option<i128>,
    excluded: bool,
}

impl Bound {
    fn of(value: &Value, excluded: bool) -> Option<Self> {
        let limit = value.as_f64()?;
        Some(Self { limit, whole: whole(value), excluded })
    }

    /// Returns the smallest integer that a lower bound allows.
    fn first(self) -> i128 {
        let whole = self.whole.unwrap_or(self.limit.ceil() as i128);
        if self.excluded && (self.whole.is_some() || self.limit.fract() == 0.0) {
            whole.saturating_add(1)
        } else {
            whole
        }
    }

    /// Returns the largest integer that an upper bound allows.
    fn last(self) -> i128 {
        let whole = self.whole.unwrap_or(self.limit.floor() as i128);
        if self.excluded && (self.whole.is_some() || self.limit.fract() == 0.0) {
            whole.saturating_sub(1)
        } else {
            whole
        }
    }

    fn admits(self, number: f64, above: bool) -> bool {
        let beyond = if above { number > self.limit } else { number < self.limit };
        beyond || (number == self.limit && !self.excluded)
    }
}

fn whole(value: &Value) -> Option<i128> {
    value.as_i64().map(i128::from).or_else(|| value.as_u64().map(i128::from))
}

impl Bounds {
    fn of(parts: &MergedSchema<'_>) -> Self {
        let mut bounds = Self::default();
        for map in &parts.maps {
            let bound = |plain: &str, exclusive: &str| {
                let number = map.get(exclusive).and_then(|value| Bound::of(value, true));
                let excluded = map.get(exclusive) == Some(&Value::Bool(true));
                [number, map.get(plain).and_then(|value| Bound::of(value, excluded))]
            };
            for low in bound("minimum", "exclusiveMinimum").into_iter().flatten() {
                let tighter = bounds
                    .low
                    .is_none_or(|known| low.limit > known.limit || (low.limit == known.limit && low.excluded));
                bounds.low = if tighter { Some(low) } else { bounds.low };
            }
            for high in bound("maximum", "exclusiveMaximum").into_iter().flatten() {
                let tighter = bounds
                    .high
                    .is_none_or(|known| high.limit < known.limit || (high.limit == known.limit && high.excluded));
                bounds.high = if tighter { Some(high) } else { bounds.high };
            }
            bounds.step = bounds.step.or_else(|| map.get("multipleOf")?.as_f64().filter(|step| *step > 0.0));
        }
        bounds
    }
}

/// Returns integers within the bounds, the preferred one first: `named` is the one for the field's name. Each
/// `variant` has another one.
pub fn integers(parts: &MergedSchema<'_>, named: Option<f64>, variant: usize) -> Vec<Value> {
    let bounds = Bounds::of(parts);
    let (smallest, largest) = match parts.text("format") {
        Some("int32") => (i32::MIN.into(), i32::MAX.into()),
        Some("int64") => (i64::MIN.into(), i64::MAX.into()),
        _ => (i128::MIN, i128::MAX),
    };
    let low = bounds.low.map_or(smallest, Bound::first);
    let high = bounds.high.map_or(largest, Bound::last);
    let step = bounds.step.filter(|step| step.fract() == 0.0).map_or(1, |step| step as i128).max(1);
    let up = |number: i128| match number.rem_euclid(step) {
        0 => Some(number),
        beyond => number.checked_add(step - beyond),
    };
    let named = named.filter(|number| number.fract() == 0.0).map(|number| number as i128);
    let ends = [bounds.low.map(|_| low), bounds.high.map(|_| high.saturating_sub(step - 1))];
    let first = [named, Some(1), Some(0)].into_iter().chain(ends).flatten();
    let offset = step.saturating_mul(variant as i128);
    let mut found = Vec::new();
    for number in first.filter_map(up).filter_map(|number| number.checked_add(offset)) {
        if (low..=high).contains(&number) && !found.contains(&number) {
            found.push(number);
        }
    }
    found.into_iter().filter_map(written).collect()
}

fn written(number: i128) -> Option<Value> {
    let small = i64::try_from(number).map(Value::from).or_else(|_| u64::try_from(number).map(Value::from));
    small.ok().or_else(|| Number::from_f64(number as f64).map(Value::Number))
}

/// Returns numbers within the bounds, the preferred one first.
pub fn numbers(parts: &MergedSchema<'_>, named: Option<f64>, variant: usize) -> Vec<Value> {
    let bounds = Bounds::of(parts);
    let low = bounds.low.map(|bound| bound.limit);
    let high = bounds.high.map(|bound| bound.limit);
    let middle = low.zip(high).map(|(low, high)| low / 2.0 + high / 2.0);
    let unit = bounds.step.unwrap_or(1.0);
    let beside = [low.map(|low| low + unit), high.map(|high| high - unit)];
    let first = [named, Some(1.5), Some(1.0), Some(0.0), low, high, middle].into_iter().chain(beside);
    let mut found: Vec<f64> = Vec::new();
    for number in first.flatten() {
        let number = if bounds.step.is_some() { (number / unit).ceil() * unit } else { number } + unit * variant as f64;
        let within = bounds.low.is_none_or(|low| low.admits(number, true))
            && bounds.high.is_none_or(|high| high.admits(number, false));
        if within && !found.contains(&number) {
            found.push(number);
        }
    }
    let exact = |number: f64| {
        // With an integer step, the number is written without a fraction.
        let plain = unit.fract() == 0.0 && bounds.step.is_some() && number.fract() == 0.0 && number.abs() < 1e15;
        if plain { Some(Value::from(number as i64)) } else { Number::from_f64(number).map(Value::Number) }
    };
    found.into_iter().filter_map(exact).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::field_names::FieldContent;
    use super::super::merged_schema::References;
    use super::*;

    fn first(schema: &Value, name: &str, variant: usize) -> Value {
        let document = json!({});
        let mut parts = MergedSchema::default();
        assert!(parts.add(References::of(&document), &[], schema));
        let made = if schema["type"] == "integer" { integers } else { numbers };
        made(&parts, FieldContent::of(name).number, variant).into_iter().next().unwrap_or_default()
    }

    #[test]
    fn whole_numbers_keep_their_bounds() {
        for (bounds, number) in [
            (json!({}), json!(1)),
            (json!({"minimum": 5}), json!(5)),
            (json!({"minimum": 5, "exclusiveMinimum": true}), json!(6)),
            (json!({"minimum": 5, "exclusiveMinimum": false}), json!(5)),
            (json!({"exclusiveMinimum": 5}), json!(6)),
            (json!({"exclusiveMinimum": 5.5}), json!(6)),
            (json!({"maximum": -5}), json!(-5)),
            (json!({"maximum": 0, "exclusiveMaximum": true}), json!(-1)),
            (json!({"exclusiveMaximum": 0}), json!(-1)),
            (json!({"multipleOf": 7}), json!(7)),
            (json!({"multipleOf": 7, "minimum": 8, "maximum": 14}), json!(14)),
            (json!({"multipleOf": 7, "maximum": -1}), json!(-7)),
            (json!({"minimum": 9_223_372_036_854_775_808_u64}), json!(9_223_372_036_854_775_808_u64)),
            (json!({"minimum": 1e20}), json!(1e20)),
            (json!({"minimum": 3, "maximum": 2}), json!(null)),
            (json!({"minimum": 1e300, "format": "int32"}), json!(null)),
        ] {
            let mut schema = bounds.clone();
            schema["type"] = "integer".into();
            assert_eq!(first(&schema, "", 0), number, "{bounds}");
        }
        assert_eq!(first(&json!({"type": "integer"}), "created_at", 0), 1_770_199_872);
        assert_eq!(first(&json!({"type": "integer", "maximum": 9}), "created_at", 0), 1);
        assert_eq!(first(&json!({"type": "integer", "multipleOf": 5}), "", 2), 15);
    }

    #[test]
    fn other_numbers_keep_their_bounds() {
        for (bounds, number) in [
            (json!({}), json!(1.5)),
            (json!({"minimum": 2.5}), json!(2.5)),
            (json!({"minimum": 2.5, "exclusiveMinimum": true}), json!(3.5)),
            (json!({"exclusiveMinimum": 0, "exclusiveMaximum": 0.5}), json!(0.25)),
            (json!({"maximum": 0.5}), json!(0.0)),
            (json!({"multipleOf": 0.5, "minimum": 1.6}), json!(2.0)),
            (json!({"multipleOf": 10}), json!(10)),
            (json!({"minimum": 3, "maximum": 2}), json!(null)),
        ] {
            assert_eq!(first(&bounds, "", 0), number, "{bounds}");
        }
        assert_eq!(first(&json!({}), "latitude", 0), -23.5);
    }
}
