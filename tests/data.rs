//! Data files: what is read, and that hostile ones end in a code, at once and in little memory.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use ansatz::data::{Array, ColumnSchema, ColumnValues, DataFile, Dataset, Format, Scalar, ValueType};
use ansatz::data::{load, read_npz, write_npz};
use ansatz::diagnostics::Diagnostic;
use ansatz::source::{FileId, Span};
use ndarray::{ArrayD, IxDyn};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use std::collections::BTreeMap;
use std::io::{Cursor, Write};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

fn npy(descr: &str, fortran: bool, shape: &str, data: &[u8]) -> Vec<u8> {
    let order = if fortran { "True" } else { "False" };
    npy_with(&format!("{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}\n"), data)
}

fn npy_with(header: &str, data: &[u8]) -> Vec<u8> {
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend_from_slice(&(header.len() as u16).to_le_bytes());
    bytes.extend_from_slice(header.as_bytes());
    bytes.extend_from_slice(data);
    bytes
}

fn zipped(entries: &[(&str, &[u8])], method: CompressionMethod) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        writer.start_file(*name, SimpleFileOptions::default().compression_method(method)).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// An archive of one array `x`.
fn npz(array: &[u8]) -> Vec<u8> {
    zipped(&[("x.npy", array)], CompressionMethod::Deflated)
}

fn i64s(values: &[i64]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

fn column(name: &str, scalar: Scalar, dims: &[&str]) -> ColumnSchema {
    ColumnSchema {
        name: name.to_string(),
        key: name.to_string(),
        ty: ValueType::new(scalar, dims),
        place: Span::new(FileId(0), 0..1),
        vocabulary: None,
    }
}

fn load_as(format: Format, schema: &[ColumnSchema], bytes: &[u8]) -> Result<Dataset, Vec<Diagnostic>> {
    load(schema, DataFile { name: "d", path: "d.npz", format, bytes }, &BTreeMap::new())
}

fn codes(result: Result<Dataset, Vec<Diagnostic>>) -> Vec<&'static str> {
    result.map_or_else(|found| found.iter().map(|finding| finding.code.id).collect(), |_| Vec::new())
}

fn code_of(bytes: &[u8]) -> &'static str {
    read_npz(bytes, "d.npz").map_or_else(|finding| finding.code.id, |_| "ok")
}

#[test]
fn every_element_type_is_widened() {
    let cases: [(&str, Vec<u8>, Array); 9] = [
        ("|i1", vec![1, 0xff], ints(&[2], &[1, -1])),
        ("|u1", vec![1, 0xff], ints(&[2], &[1, 255])),
        ("<i2", vec![0, 0x80, 1, 0], ints(&[2], &[-32768, 1])),
        (">i2", vec![0x80, 0, 0, 1], ints(&[2], &[-32768, 1])),
        (">u4", vec![0, 0, 1, 0, 0xff, 0xff, 0xff, 0xff], ints(&[2], &[256, 4_294_967_295])),
        ("<i8", i64s(&[i64::MIN, 5]), ints(&[2], &[i64::MIN, 5])),
        ("|b1", vec![0, 1], Array::Bool(ArrayD::from_shape_vec(IxDyn(&[2]), vec![false, true]).unwrap())),
        (
            ">f4",
            [1.5_f32, -2.0].iter().flat_map(|value| value.to_be_bytes()).collect(),
            Array::F32(ArrayD::from_shape_vec(IxDyn(&[2]), vec![1.5, -2.0]).unwrap()),
        ),
        (
            "<f8",
            [1.5_f64, -2.0].iter().flat_map(|value| value.to_le_bytes()).collect(),
            Array::Real(ArrayD::from_shape_vec(IxDyn(&[2]), vec![1.5, -2.0]).unwrap()),
        ),
    ];
    for (descr, data, expected) in cases {
        let arrays = read_npz(&npz(&npy(descr, false, "(2,)", &data)), "d.npz").unwrap();
        assert_eq!(arrays["x"], expected, "{descr}");
    }
}

fn ints(shape: &[usize], values: &[i64]) -> Array {
    Array::Int(ArrayD::from_shape_vec(IxDyn(shape), values.to_vec()).unwrap())
}

#[test]
fn fortran_order_becomes_row_major() {
    // [[1, 2, 3], [4, 5, 6]] by columns.
    let bytes = npz(&npy("<i8", true, "(2, 3)", &i64s(&[1, 4, 2, 5, 3, 6])));
    let arrays = read_npz(&bytes, "d.npz").unwrap();
    assert_eq!(arrays["x"], ints(&[2, 3], &[1, 2, 3, 4, 5, 6]));
}

#[test]
fn what_is_written_is_read_back_and_has_the_same_bytes_each_time() {
    let real = ArrayD::from_shape_fn(IxDyn(&[3, 2, 4]), |at| at[0] as f64 * 0.1 + at[2] as f64);
    let arrays = [
        ("draws".to_string(), ints(&[2, 3], &[1, -2, 3, i64::MAX, 5, 6])),
        ("loss".to_string(), Array::Real(real.clone())),
        ("logits".to_string(), Array::F32(real.mapv(|value| value as f32))),
        ("scalar".to_string(), ints(&[], &[7])),
        ("none".to_string(), ints(&[0, 4], &[])),
    ];
    let bytes = write_npz(&arrays).unwrap();
    assert_eq!(bytes, write_npz(&arrays).unwrap());
    let read = read_npz(&bytes, "d.npz").unwrap();
    assert_eq!(read.into_iter().collect::<Vec<_>>(), {
        let mut sorted = arrays.to_vec();
        sorted.sort_by(|a, b| a.0.cmp(&b.0));
        sorted
    });
    let twice = [arrays[0].clone(), arrays[0].clone()];
    assert_eq!(write_npz(&twice).unwrap_err().code.id, "A9004");
}

#[test]
fn files_that_are_no_archive_say_what_they_are() {
    let said = |bytes: &[u8]| {
        let finding = *read_npz(bytes, "d.npz").unwrap_err();
        assert_eq!(finding.code.id, "A9101");
        finding.notes.join(" ")
    };
    assert!(said(b"").contains("empty"));
    assert!(said(b"\x80\x04\x95abc").contains("pickle"));
    assert!(said(b"version https://git-lfs.github.com/spec/v1\n").contains("git-LFS"));
    assert!(said(b"<!DOCTYPE html>").contains("web page"));
    assert!(said(&npy("<i8", false, "(1,)", &i64s(&[1]))).contains("single npy"));
}

#[test]
fn hostile_arrays_are_coded() {
    let huge = "(1099511627776,)";
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("A9102", b"not an array".to_vec()),
        ("A9102", b"\x93NUMPY\x09\x00\x10\x00".to_vec()),
        ("A9102", b"\x93NUMPY\x02\x00\xf0\xff\xff\xff".to_vec()),
        ("A9102", b"\x93NUMPY\x01\x00\x40\x00{'descr'".to_vec()),
        ("A9102", npy_with("__import__('os').system('true')\n", b"")),
        ("A9102", npy("<i8", false, "(1.5,)", b"")),
        ("A9104", npy("<i8", false, huge, b"")),
        ("A9104", npy("<i8", false, "(4294967296, 4294967296, 4)", b"")),
        ("A9104", npy("<i8", false, "(0, 4294967296, 4294967296)", b"")),
        ("A9104", npy("<i8", false, "(-1, 5)", b"")),
        ("A9104", npy("<i8", false, &format!("({}1)", "1, ".repeat(40)), &i64s(&[1]))),
        ("A9105", npy("<i8", false, "(3,)", &i64s(&[1, 2]))),
        ("A9105", npy("<i8", false, "(1,)", &i64s(&[1, 2]))),
        ("A9103", npy("|O", false, "(1,)", b"\x80\x04cos\nsystem\n")),
        ("A9103", npy("<f2", false, "(1,)", b"\0\0")),
        ("A9103", npy("<U3", false, "(1,)", &[0; 12])),
        ("A9103", npy("<c8", false, "(1,)", &[0; 8])),
        ("A9103", npy("<u8", false, "(1,)", &[0xff; 8])),
        ("A9103", npy_with("{'descr': [('a', '<i8')], 'fortran_order': False, 'shape': (1,), }\n", &[0; 8])),
    ];
    for (expected, array) in cases {
        assert_eq!(code_of(&npz(&array)), expected, "{:?}", String::from_utf8_lossy(&array[..array.len().min(90)]));
    }
    let finding = *read_npz(&npz(&npy("|O", false, "(1,)", b"")), "d.npz").unwrap_err();
    assert!(finding.message.contains("pickled"), "{}", finding.message);
}

#[test]
fn hostile_archives_are_coded() {
    let array = npy("<i8", false, "(1,)", &i64s(&[1]));
    for name in ["../x.npy", "a/../../x.npy", "..\\x.npy", "/etc/x.npy"] {
        assert_eq!(code_of(&zipped(&[(name, &array)], CompressionMethod::Stored)), "A9107", "{name}");
    }
    // Twice the same name: written under two names of one length, then renamed in the bytes.
    let mut twice = zipped(&[("x.npy", &array), ("y.npy", &array)], CompressionMethod::Stored);
    for at in 0..twice.len() - 5 {
        if &twice[at..at + 5] == b"y.npy" {
            twice[at] = b'x';
        }
    }
    assert_eq!(code_of(&twice), "A9107");
    assert_eq!(code_of(&zipped(&[("x", &array), ("x.npy", &array)], CompressionMethod::Stored)), "A9107");
    // The flag of encryption in both headers of the entry.
    let mut encrypted = npz(&array);
    encrypted[6] |= 1;
    let central = encrypted.windows(4).position(|bytes| bytes == b"PK\x01\x02").unwrap();
    encrypted[central + 8] |= 1;
    assert_eq!(code_of(&encrypted), "A9107");
    let whole = npz(&array);
    for keep in [4, 30, whole.len() / 2, whole.len() - 1, whole.len() - 23] {
        assert_eq!(code_of(&whole[..keep]), "A9106", "first {keep} bytes");
    }
    let mut flipped = zipped(&[("x.npy", &array)], CompressionMethod::Stored);
    let data = flipped.windows(8).position(|bytes| bytes == 1_i64.to_le_bytes()).unwrap();
    flipped[data] ^= 1;
    assert_eq!(code_of(&flipped), "A9106", "the checksum is verified");
}

#[test]
fn bombs_are_refused_before_they_are_inflated() {
    let zeros = vec![0_u8; 64 << 20];
    let bomb = npz(&npy("|i1", false, "(67108864,)", &zeros));
    assert!(bomb.len() < 100_000);
    assert_eq!(code_of(&bomb), "A9108");
    // A constant column of an ordinary size is no bomb.
    let small = npz(&npy("|i1", false, "(1048576,)", &zeros[..1 << 20]));
    assert_eq!(code_of(&small), "ok");
    // An entry whose directory lies about its size: neither believed nor inflated beyond it.
    let mut lying = npz(&npy("|i1", false, "(1000000,)", &zeros[..1_000_000]));
    let central = lying.windows(4).position(|bytes| bytes == b"PK\x01\x02").unwrap();
    lying[central + 24..central + 28].copy_from_slice(&100_u32.to_le_bytes());
    assert!(["A9105", "A9106"].contains(&code_of(&lying)));
}

#[test]
fn a_dataset_has_its_columns_sizes_and_hash() {
    let tokens = npy("|i1", false, "(2, 3)", &[0, 1, 2, 2, 1, 0]);
    let label = npy("|u1", false, "(2,)", &[0, 1]);
    let weight = npy("<f4", false, "(2,)", &[0, 0, 0x80, 0x3f, 0, 0, 0, 0]);
    let bytes =
        zipped(&[("tokens.npy", &tokens), ("label.npy", &label), ("weight.npy", &weight)], CompressionMethod::Deflated);
    let mut flag = column("flag", Scalar::Bool, &[]);
    flag.key = "label".to_string();
    let schema = [
        ColumnSchema { vocabulary: Some(3), ..column("tokens", Scalar::Token, &["pos"]) },
        column("label", Scalar::Category, &[]),
        flag,
        column("weight", Scalar::Real, &[]),
    ];
    let data = load_as(Format::Npz, &schema, &bytes).unwrap();
    assert_eq!((data.rows, data.sizes["pos"]), (2, 3));
    assert_eq!(data.hash, blake3::hash(&bytes).to_hex().to_string());
    assert!(matches!(&data.columns["flag"].values, ColumnValues::Bool(values) if values.iter().eq(&[false, true])));
    assert!(matches!(&data.columns["weight"].values, ColumnValues::Real(values) if values.iter().eq(&[1.0, 0.0])));
    assert!(matches!(&data.columns["tokens"].values, ColumnValues::Int(values) if values.shape() == [2, 3]));
}

#[test]
fn every_contradiction_to_the_schema_has_its_code() {
    let tokens = npy("|i1", false, "(2, 3)", &[0, 1, 2, 2, 1, 0]);
    let label = npy("|i1", false, "(2,)", &[0, 0xfd]);
    let three = npy("|i1", false, "(3,)", &[0, 2, 0]);
    let float = npy("<f8", false, "(2,)", &[0, 0, 0, 0, 0, 0, 0xf8, 0x7f, 0, 0, 0, 0, 0, 0, 0xf0, 0x7f]);
    let none = npy("|i1", false, "(0, 3)", &[]);
    let flat = npy("|i1", false, "(2, 0)", &[]);
    let bytes = zipped(
        &[
            ("tokens", &tokens),
            ("label", &label),
            ("three", &three),
            ("float", &float),
            ("none", &none),
            ("flat", &flat),
        ],
        CompressionMethod::Stored,
    );
    let token = |words| ColumnSchema { vocabulary: words, ..column("tokens", Scalar::Token, &["pos"]) };
    let check = |schema: &[ColumnSchema]| codes(load_as(Format::Npz, schema, &bytes));
    assert_eq!(check(&[token(Some(3)), token(None)]), [""; 0]);
    assert_eq!(check(&[column("token", Scalar::Token, &["pos"])]), ["A2201"]);
    assert_eq!(check(&[column("float", Scalar::Int, &[])]), ["A2202"]);
    assert_eq!(check(&[column("float", Scalar::Bool, &[])]), ["A2202"]);
    assert_eq!(check(&[column("tokens", Scalar::Int, &[])]), ["A2203"]);
    assert_eq!(check(&[column("tokens", Scalar::Int, &["pos", "d"])]), ["A2203"]);
    assert_eq!(check(&[token(None), column("three", Scalar::Int, &[])]), ["A2204"]);
    assert_eq!(check(&[column("none", Scalar::Int, &["pos"])]), ["A2205"]);
    assert_eq!(check(&[column("flat", Scalar::Int, &["pos"])]), ["A2205"]);
    assert_eq!(check(&[]), ["A2205"]);
    assert_eq!(check(&[token(Some(2))]), ["A2206"]);
    assert_eq!(check(&[column("label", Scalar::Token, &[])]), ["A2206"]);
    assert_eq!(check(&[column("label", Scalar::Category, &[])]), ["A2207"]);
    assert_eq!(check(&[column("float", Scalar::Real, &[])]), ["A2208"]);
    assert_eq!(check(&[column("three", Scalar::Bool, &[])]), ["A2209"]);
    assert_eq!(check(&[column("label", Scalar::Category, &[]), column("float", Scalar::Int, &[])]), ["A2207", "A2202"]);
    let sizes = BTreeMap::from([("pos".to_string(), 4)]);
    let file = DataFile { name: "d", path: "d.npz", format: Format::Npz, bytes: &bytes };
    assert_eq!(codes(load(&[token(None)], file, &sizes)), ["A2203"]);
}

#[test]
fn findings_name_keys_rows_positions_and_values() {
    let tokens = npy("|i1", false, "(2, 3)", &[0, 1, 2, 2, 7, 9]);
    let bytes = zipped(&[("tokens", &tokens)], CompressionMethod::Stored);
    let missing = load_as(Format::Npz, &[column("token", Scalar::Token, &["pos"])], &bytes).unwrap_err().remove(0);
    assert!(missing.helps[0].text.contains("`token = \"tokens\"`"), "{missing:?}");
    assert_eq!(missing.notes, ["the file has: tokens [2, 3]"]);
    let schema = ColumnSchema { vocabulary: Some(5), ..column("tokens", Scalar::Token, &["pos"]) };
    let outside = load_as(Format::Npz, &[schema], &bytes).unwrap_err().remove(0);
    assert!(outside.message.contains("7 on row 1, position [1]"), "{}", outside.message);
    assert_eq!(outside.notes, ["the column has 2 such values"]);
}

fn jsonl(schema: &[ColumnSchema], text: &str) -> Result<Dataset, Vec<Diagnostic>> {
    load_as(Format::Jsonl, schema, text.as_bytes())
}

#[test]
fn json_lines_are_columns() {
    let text = "\u{feff}{\"x\": [1, 2], \"r\": 1, \"b\": true, \"id\": \"first\"}\r\n\n  \n{\"b\":false,\"r\":0.5,\"x\":[3,4]}";
    let schema = [column("x", Scalar::Int, &["pos"]), column("r", Scalar::Real, &[]), column("b", Scalar::Bool, &[])];
    let data = jsonl(&schema, text).unwrap();
    assert_eq!((data.rows, data.sizes["pos"]), (2, 2));
    assert!(matches!(&data.columns["x"].values, ColumnValues::Int(values) if values.iter().eq(&[1, 2, 3, 4])));
    assert!(matches!(&data.columns["r"].values, ColumnValues::Real(values) if values.iter().eq(&[1.0, 0.5])));
    assert!(matches!(&data.columns["b"].values, ColumnValues::Bool(values) if values.iter().eq(&[true, false])));
}

#[test]
fn bad_lines_are_coded() {
    let x = [column("x", Scalar::Int, &[])];
    let list = [column("x", Scalar::Int, &["pos"])];
    let check = |text: &str| codes(jsonl(&x, text));
    assert_eq!(check("{\"x\": 1}\n{\"x\": }"), ["A9110"]);
    assert_eq!(check("{\"x\": 1}\n[1]"), ["A9110"]);
    assert_eq!(check("{\"x\": 1e999}"), ["A9110"]);
    assert_eq!(check("{\"x\": NaN}"), ["A9110"]);
    assert_eq!(check("{\"\\ud800\": 1}"), ["A9110"]);
    assert_eq!(codes(load_as(Format::Jsonl, &x, b"{\"x\": \xff}")), ["A9110"]);
    assert_eq!(check(&format!("{{\"x\": {}1{}}}", "[".repeat(100_000), "]".repeat(100_000))), ["A9110"]);
    assert_eq!(check(&format!("{{\"x\": 1, \"y\": \"{}\"}}", "a".repeat(2 << 20))), ["A9111"]);
    assert_eq!(check("{\"x\": 1}\n{\"y\": 2}"), ["A9112"]);
    assert_eq!(check("{\"x\": 1, \"x\": 2}"), ["A9113"]);
    assert_eq!(check("{\"x\": \"a\"}"), ["A9114"]);
    assert_eq!(check("{\"x\": null}"), ["A9114"]);
    assert_eq!(check("{\"x\": {\"y\": 1}}"), ["A9114"]);
    assert_eq!(check("{\"x\": 9223372036854775808}"), ["A9114"]);
    assert_eq!(check("{\"x\": 99999999999999999999}"), ["A2202"]);
    assert_eq!(check("{\"x\": 1}\n{\"x\": true}"), ["A9114"]);
    assert_eq!(codes(jsonl(&list, "{\"x\": [1, 2]}\n{\"x\": [1]}")), ["A9115"]);
    assert_eq!(codes(jsonl(&list, "{\"x\": [[1, 2], [3]]}")), ["A9115"]);
    assert_eq!(check("{\"x\": 1.5}"), ["A2202"]);
    assert_eq!(check("{\"y\": 1}"), ["A2201"]);
    assert_eq!(check(""), ["A2205"]);
    assert_eq!(codes(jsonl(&list, "{\"x\": []}")), ["A2205"]);
    assert_eq!(check(&"{\n".repeat(100_000)).len(), 20);
    let finding = jsonl(&x, "{\"x\": 1}\n\n{\"x\": 1,}").unwrap_err().remove(0);
    assert!(finding.message.contains("line 3") && finding.message.contains("column 9"), "{}", finding.message);
}

fn sample_npz() -> Vec<u8> {
    let tokens = npy("|i1", false, "(2, 3)", &[0, 1, 2, 2, 1, 0]);
    let weight = npy(">f4", true, "(2,)", &[0, 0, 0x80, 0x3f, 0, 0, 0, 0]);
    zipped(&[("tokens.npy", &tokens), ("weight.npy", &weight)], CompressionMethod::Deflated)
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 2_000, failure_persistence: None, rng_seed: RngSeed::Fixed(7), ..ProptestConfig::default()
    })]

    /// Whatever bytes change, an answer comes back, good or coded.
    #[test]
    fn changed_files_never_panic(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        keep in any::<prop::sample::Index>(),
        cut in any::<bool>(),
    ) {
        let header = npy("<i8", false, "(2, 3)", &i64s(&[1, 2, 3, 4, 5, 6]));
        let line = b"{\"x\": [1, 2], \"r\": 1.5, \"b\": true}\n{\"x\": [3, 4], \"r\": 1, \"b\": false}\n";
        for original in [sample_npz(), header, line.to_vec()] {
            let mut bytes = original;
            for (at, byte) in &changes {
                let at = at.index(bytes.len());
                bytes[at] = *byte;
            }
            if cut {
                bytes.truncate(keep.index(bytes.len()));
            }
            let schema = [column("tokens", Scalar::Token, &["pos"]), column("x", Scalar::Int, &["pos"])];
            let _ = read_npz(&bytes, "d.npz");
            let _ = read_npz(&npz(&bytes), "d.npz");
            let _ = load_as(Format::Jsonl, &schema, &bytes);
        }
    }
}
