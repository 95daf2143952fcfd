use super::*;

fn read(text: &str) -> Option<String> {
    parse(text, Order::MonthFirst).map(iso_datetime)
}

#[test]
fn dates_are_read_as_people_write_them() {
    for text in [
        "2020-01-31",
        "2020/1/31",
        "2020.01.31",
        "20200131",
        "1/31/2020",
        "31.1.2020",
        "01-31-20",
        "31 Jan 2020",
        "31-JAN-20",
        "2020-Jan-31",
        "January 31, 2020",
        "Jan 31st 2020",
        "Fri, 31 Jan 2020",
        " 31. January 2020 ",
    ] {
        assert_eq!(read(text).as_deref(), Some("2020-01-31T00:00:00"), "{text}");
    }
}

#[test]
fn times_are_read_behind_the_date() {
    for (text, time) in [
        ("2020-01-31T14:05", "14:05:00"),
        ("2020-01-31 14:05:09", "14:05:09"),
        ("2020-01-31t14:05:09.123456Z", "14:05:09"),
        ("1/31/2020, 2:05 PM", "14:05:00"),
        ("1/31/2020 12:05am", "00:05:00"),
        ("2020-01-31T14:05:09+02:00", "12:05:09"),
        ("2020-01-31 14:05:09 -0130", "15:35:09"),
        ("2020-01-31 14:05:09 UTC", "14:05:09"),
        ("31 Jan 2020 04:05+02", "02:05:00"),
    ] {
        assert_eq!(read(text), Some(format!("2020-01-31T{time}")), "{text}");
    }
    assert_eq!(
        read("2020-01-01T00:30+01:00").as_deref(),
        Some("2019-12-31T23:30:00")
    );
}

#[test]
fn the_order_decides_and_no_value_is_read_in_the_other() {
    let by = |text, order| parse(text, order).map(iso_date);
    assert_eq!(by("3/4/2020", Order::MonthFirst).as_deref(), Some("2020-03-04"));
    assert_eq!(by("3/4/2020", Order::DayFirst).as_deref(), Some("2020-04-03"));
    assert_eq!(by("3.4.2020", Order::MonthFirst).as_deref(), Some("2020-04-03"));
    for (text, order) in [
        ("3/14/2020", Order::DayFirst),
        ("14/3/2020", Order::MonthFirst),
        ("3.14.2020", Order::MonthFirst),
    ] {
        assert_eq!(by(text, order), None, "{text}");
        assert_eq!(by("2020-03-14", order), by("14.3.2020", order));
    }
}

#[test]
fn years_of_two_digits_are_those_of_posix() {
    assert_eq!(read("1/2/68").as_deref(), Some("2068-01-02T00:00:00"));
    assert_eq!(read("1/2/69").as_deref(), Some("1969-01-02T00:00:00"));
}

#[test]
fn what_names_no_day_is_none() {
    for text in [
        "",
        "x",
        "2020",
        "13/13/2020",
        "2020-02-30",
        "2019-02-29",
        "2020-1",
        "1/2-2020",
        "1 2 2020",
        "12345678901",
        "00000101",
        "0000-01-01",
        "May",
        "May 2020",
        "5 Foo 2020",
        "2020-01-31T25:00",
        "2020-01-31T14:60",
        "14:05",
        "2020-01-31T14:05:09.x",
        "2020-01-31 14:05 CET",
        "2020-01-31 13:05 PM",
        "2020-01-31T14:05+99:00",
        "١/٢/2020",
        "1/2/20201",
        "::",
        "2020-01-31 1:2:3:4",
        "2020-01-3114:05",
        "+2020-01-31",
        "-1/2/2020",
        "2020-01-31Z",
        "1/2/3/2020",
        "Mon 1/2/2020x",
    ] {
        assert_eq!(read(text), None, "{text}");
    }
}

proptest::proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in "[0-9a-zA-Z:./, +TZ-]{0,30}|.{0,12}") {
        let _ = parse(&text, Order::DayFirst);
    }

    #[test]
    fn what_is_written_is_read_again(seconds in -62_000_000_000_i64..250_000_000_000) {
        let at = chrono::DateTime::from_timestamp(seconds, 0).unwrap().naive_utc();
        proptest::prop_assert_eq!(parse(&iso_datetime(at), Order::DayFirst), Some(at));
    }
}
