//! Archives of arrays that are damaged or made to hurt.

use super::program::{CLAIMS, Folder};
use super::refused_by_all;
use std::io::{Cursor, Write};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

fn refuse(bytes: impl AsRef<[u8]>, code: &str) {
    let folder = Folder::with(CLAIMS);
    folder.write("micro.npz", bytes);
    refused_by_all(&folder, "a.ansatz", code);
}

fn npy(descr: &str, shape: &str, data: &[u8]) -> Vec<u8> {
    let header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n");
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend_from_slice(&u16::try_from(header.len()).unwrap().to_le_bytes());
    bytes.extend_from_slice(header.as_bytes());
    bytes.extend_from_slice(data);
    bytes
}

fn archive(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, bytes) in entries {
        writer.start_file(*name, options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn with(tokens: &[u8]) -> Vec<u8> {
    archive(&[("tokens.npy", tokens), ("label.npy", &npy("|i1", "(2,)", &[0, 1]))])
}

#[test]
fn a_wrong_magic() {
    refuse("", "A9101");
    refuse("tokens,label\n1,2\n", "A9101");
    refuse(npy("|i1", "(2, 8)", &[0; 16]), "A9101");
    refuse(with(b"\x93NUMPX\x01\x00\x10\x00{}"), "A9102");
}

#[test]
fn a_damaged_archive() {
    let whole = with(&npy("|i1", "(2, 8)", &[0; 16]));
    refuse(&whole[..whole.len() / 2], "A9106");
    refuse("PK", "A9106");
}

#[test]
fn a_pickled_object() {
    refuse(with(&npy("|O", "(2, 8)", b"\x80\x04cos\nsystem\n(S'true'\ntR.")), "A9103");
}

#[test]
fn a_shape_bomb() {
    refuse(with(&npy("<f8", "(1099511627776, 8)", &[])), "A9104");
    refuse(with(&npy("|i1", "(18446744073709551615, 18446744073709551615)", &[])), "A9104");
    refuse(with(&npy("|i1", "(30000000, 8)", &[0; 16])), "A9105");
}

#[test]
fn a_zip_bomb() {
    let zeros = vec![0_u8; 80 << 20];
    refuse(with(&npy("|i1", "(10485760, 8)", &zeros)), "A9108");
}

#[test]
fn no_rows_and_too_few() {
    let rows = |count: usize| {
        let tokens = npy("|i1", &format!("({count}, 8)"), &vec![3; count * 8]);
        let labels = npy("|i1", &format!("({count},)"), &vec![1; count]);
        archive(&[("tokens.npy", &tokens), ("label.npy", &labels)])
    };
    refuse(rows(0), "A2205");
    let folder = Folder::with("hypothesis nothing explains loss {\n}\n");
    folder.write("micro.npz", rows(1));
    let ran = folder.run("run a.ansatz --draws d.npz").ended(2);
    assert!(ran.stderr.contains("[A7"), "{ran:?}");
}
