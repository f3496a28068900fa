#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let (_, failure) = simulator::LogPlan::of_bytes(input).run();
    assert_eq!(failure.map(|failure| failure.to_string()), None);
});
