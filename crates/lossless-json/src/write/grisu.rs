//! Grisu2 (Florian Loitsch, "Printing Floating-Point Numbers Quickly and Accurately with Integers", 2010) with the
//! choices that RapidJSON makes, since opentimelineio prints the digits which those choices lead to; about one float
//! in five hundred gets more digits than it needs.

/// The most digits that a float needs.
pub(super) const DIGITS_MAX: usize = 20;

/// A float of 64 significant bits: `f · 2^e`.
#[derive(Clone, Copy)]
struct Wide {
    f: u64,
    e: i32,
}

impl Wide {
    /// The value with its top bit set.
    fn normalized(self) -> Self {
        let shift = self.f.leading_zeros();
        Self { f: self.f << shift, e: self.e - shift.cast_signed() }
    }

    /// The product, rounded to 64 bits.
    fn times(self, other: Self) -> Self {
        let product = u128::from(self.f) * u128::from(other.f);
        let round = (product >> 63) & 1;
        Self { f: (product >> 64) as u64 + round as u64, e: self.e + other.e + 64 }
    }
}

/// The digits of a positive finite float and the power of ten of the last one.
pub(super) fn grisu2(value: f64, digits: &mut [u8; DIGITS_MAX]) -> (usize, i32) {
    let exact = parts(value);
    let (below, above) = boundaries(exact);
    let (power, exponent) = cached_power(above.e);
    let scaled = exact.normalized().times(power);
    let above = above.times(power);
    let below = below.times(power);
    let (high, low) = (above.f - 1, below.f + 1);
    let mut digits = Digits { buffer: digits, count: 0, exponent };
    digits.generate(scaled, Wide { f: high, e: above.e }, high - low);
    (digits.count, digits.exponent)
}

fn parts(value: f64) -> Wide {
    let bits = value.to_bits();
    let fraction = bits & ((1 << 52) - 1);
    let biased = ((bits >> 52) & 0x7ff) as i32;
    match biased {
        0 => Wide { f: fraction, e: -1074 },
        _ => Wide { f: fraction | 1 << 52, e: biased - 1075 },
    }
}

/// The middles between a float and its two neighbours, with one exponent.
fn boundaries(value: Wide) -> (Wide, Wide) {
    let above = Wide { f: (value.f << 1) + 1, e: value.e - 1 }.normalized();
    let below = if value.f == 1 << 52 {
        Wide { f: (value.f << 2) - 1, e: value.e - 2 }
    } else {
        Wide { f: (value.f << 1) - 1, e: value.e - 1 }
    };
    (Wide { f: below.f << (below.e - above.e), e: above.e }, above)
}

/// The power of ten that brings a binary exponent into the range of the digit generation, and the decimal exponent
/// that undoes it.
fn cached_power(e: i32) -> (Wide, i32) {
    let k = (f64::from(-61 - e) * 0.301_029_995_663_981_14 + 347.0).ceil();
    #[expect(clippy::cast_possible_truncation, reason = "between 0 and 700 for every float")]
    let index = ((k as i32) >> 3) + 1;
    let exponent = -348 + index * 8;
    // floor(exponent · log2(10)) without floats, exact for this range.
    let binary = ((exponent * 1_741_647) >> 19) - 63;
    let f =
        usize::try_from(index).ok().and_then(|index| CACHED_POWERS.get(index)).copied().unwrap_or_default();
    (Wide { f, e: binary }, -exponent)
}

struct Digits<'buffer> {
    buffer: &'buffer mut [u8; DIGITS_MAX],
    count: usize,
    exponent: i32,
}

impl Digits<'_> {
    /// Digits of `high` until what is left is below `delta`, then rounded towards `scaled`.
    #[expect(clippy::cast_possible_truncation, reason = "the whole part has at most 32 bits")]
    fn generate(&mut self, scaled: Wide, high: Wide, mut delta: u64) {
        let shift = (-high.e).unsigned_abs();
        let one = 1u64 << shift;
        let gap = high.f - scaled.f;
        let mut whole = (high.f >> shift) as u32;
        let mut fraction = high.f & (one - 1);
        let mut kappa = whole.checked_ilog10().map_or(1, |log| log + 1);
        while kappa > 0 {
            kappa -= 1;
            let unit = 10u32.pow(kappa);
            self.push((whole / unit) as u8);
            whole %= unit;
            let rest = (u64::from(whole) << shift) + fraction;
            if rest <= delta {
                self.exponent += kappa.cast_signed();
                return self.round(delta, rest, u64::from(unit) << shift, gap);
            }
        }
        let mut places = 0;
        loop {
            fraction = fraction.wrapping_mul(10);
            delta = delta.wrapping_mul(10);
            self.push((fraction >> shift) as u8);
            fraction &= one - 1;
            places += 1;
            if fraction < delta {
                self.exponent -= places;
                let scale = 10u64.checked_pow(places.unsigned_abs()).unwrap_or(0);
                return self.round(delta, fraction, one, gap.wrapping_mul(scale));
            }
        }
    }

    fn push(&mut self, digit: u8) {
        if (digit > 0 || self.count > 0) && self.count < DIGITS_MAX {
            self.buffer[self.count] = b'0' + digit;
            self.count += 1;
        }
    }

    /// Lowers the last digit while that comes closer to the float.
    fn round(&mut self, delta: u64, mut rest: u64, unit: u64, gap: u64) {
        while rest < gap
            && delta - rest >= unit
            && (rest.wrapping_add(unit) < gap || gap - rest > rest.wrapping_add(unit).wrapping_sub(gap))
        {
            self.buffer[self.count - 1] -= 1;
            rest += unit;
        }
    }
}

/// The significands of 10^-348, 10^-340, … 10^340, rounded to 64 bits.
const CACHED_POWERS: [u64; 87] = [
    0xFA8F_D5A0_081C_0288,
    0xBAAE_E17F_A23E_BF76,
    0x8B16_FB20_3055_AC76,
    0xCF42_894A_5DCE_35EA,
    0x9A6B_B0AA_5565_3B2D,
    0xE61A_CF03_3D1A_45DF,
    0xAB70_FE17_C79A_C6CA,
    0xFF77_B1FC_BEBC_DC4F,
    0xBE56_91EF_416B_D60C,
    0x8DD0_1FAD_907F_FC3C,
    0xD351_5C28_3155_9A83,
    0x9D71_AC8F_ADA6_C9B5,
    0xEA9C_2277_23EE_8BCB,
    0xAECC_4991_4078_536D,
    0x823C_1279_5DB6_CE57,
    0xC210_9436_4DFB_5637,
    0x9096_EA6F_3848_984F,
    0xD774_85CB_2582_3AC7,
    0xA086_CFCD_97BF_97F4,
    0xEF34_0A98_172A_ACE5,
    0xB238_67FB_2A35_B28E,
    0x84C8_D4DF_D2C6_3F3B,
    0xC5DD_4427_1AD3_CDBA,
    0x936B_9FCE_BB25_C996,
    0xDBAC_6C24_7D62_A584,
    0xA3AB_6658_0D5F_DAF6,
    0xF3E2_F893_DEC3_F126,
    0xB5B5_ADA8_AAFF_80B8,
    0x8762_5F05_6C7C_4A8B,
    0xC9BC_FF60_34C1_3053,
    0x964E_858C_91BA_2655,
    0xDFF9_7724_7029_7EBD,
    0xA6DF_BD9F_B8E5_B88F,
    0xF8A9_5FCF_8874_7D94,
    0xB944_7093_8FA8_9BCF,
    0x8A08_F0F8_BF0F_156B,
    0xCDB0_2555_6531_31B6,
    0x993F_E2C6_D07B_7FAC,
    0xE45C_10C4_2A2B_3B06,
    0xAA24_2499_6973_92D3,
    0xFD87_B5F2_8300_CA0E,
    0xBCE5_0864_9211_1AEB,
    0x8CBC_CC09_6F50_88CC,
    0xD1B7_1758_E219_652C,
    0x9C40_0000_0000_0000,
    0xE8D4_A510_0000_0000,
    0xAD78_EBC5_AC62_0000,
    0x813F_3978_F894_0984,
    0xC097_CE7B_C907_15B3,
    0x8F7E_32CE_7BEA_5C70,
    0xD5D2_38A4_ABE9_8068,
    0x9F4F_2726_179A_2245,
    0xED63_A231_D4C4_FB27,
    0xB0DE_6538_8CC8_ADA8,
    0x83C7_088E_1AAB_65DB,
    0xC45D_1DF9_4271_1D9A,
    0x924D_692C_A61B_E758,
    0xDA01_EE64_1A70_8DEA,
    0xA26D_A399_9AEF_774A,
    0xF209_787B_B47D_6B85,
    0xB454_E4A1_79DD_1877,
    0x865B_8692_5B9B_C5C2,
    0xC835_53C5_C896_5D3D,
    0x952A_B45C_FA97_A0B3,
    0xDE46_9FBD_99A0_5FE3,
    0xA59B_C234_DB39_8C25,
    0xF6C6_9A72_A398_9F5C,
    0xB7DC_BF53_54E9_BECE,
    0x88FC_F317_F222_41E2,
    0xCC20_CE9B_D35C_78A5,
    0x9816_5AF3_7B21_53DF,
    0xE2A0_B5DC_971F_303A,
    0xA8D9_D153_5CE3_B396,
    0xFB9B_7CD9_A4A7_443C,
    0xBB76_4C4C_A7A4_4410,
    0x8BAB_8EEF_B640_9C1A,
    0xD01F_EF10_A657_842C,
    0x9B10_A4E5_E991_3129,
    0xE710_9BFB_A19C_0C9D,
    0xAC28_20D9_623B_F429,
    0x8044_4B5E_7AA7_CF85,
    0xBF21_E440_03AC_DD2D,
    0x8E67_9C2F_5E44_FF8F,
    0xD433_179D_9C8C_B841,
    0x9E19_DB92_B4E3_1BA9,
    0xEB96_BF6E_BADF_77D9,
    0xAF87_023B_9BF0_EE6B,
];
