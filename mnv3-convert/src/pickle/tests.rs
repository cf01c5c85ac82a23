//! Pickles written by hand, byte by byte.

use super::{Stop, Value, read};

fn stop(pickle: &[u8]) -> Stop {
    read(pickle).unwrap_err()
}

fn broken(pickle: &[u8]) -> String {
    match stop(pickle) {
        Stop::Broken { at, what } => format!("{at}: {what}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_call_of_anything_but_tensors_is_refused_where_it_is_named() {
    let calls: [&[u8]; 6] = [
        b"\x80\x02cos\nsystem\nX\x02\0\0\0ls\x85R.",
        b"\x80\x04\x8c\x05posix\x8c\x06system\x93\x8c\x02ls\x85R.",
        b"cbuiltins\neval\n.",
        b"ctorch\nload\n.",
        b"ctorch._utils\n_rebuild_tensor_v2.__globals__\n.",
        b"ccollections\nOrderedDict.fromkeys\n.",
    ];
    let named: Vec<_> = calls.iter().map(|pickle| format!("{:?}", stop(pickle))).collect();
    insta::assert_snapshot!(named.join("\n"), @r#"
    Global("os.system")
    Global("posix.system")
    Global("builtins.eval")
    Global("torch.load")
    Global("torch._utils._rebuild_tensor_v2.__globals__")
    Global("collections.OrderedDict.fromkeys")
    "#);
}

#[test]
fn instructions_that_make_objects_are_refused_by_their_names() {
    for (pickle, name) in [
        (&b"(S'ls'\nios\nsystem\n."[..], "0x53"),
        (b"(ios\nsystem\n.", "INST"),
        (b"(o.", "OBJ"),
        (b"ccollections\nOrderedDict\n)\x81.", "NEWOBJ"),
        (b"\x82\x01.", "EXT"),
        (b"\x8f.", "EMPTY_SET"),
        (b"\xff.", "0xff"),
    ] {
        assert!(
            matches!(stop(pickle), Stop::Opcode { opcode, .. } if opcode == name),
            "{name}"
        );
    }
}

#[test]
fn names_of_hostile_files_are_shown_shortly_and_without_control_characters() {
    let pickle = format!("c{}\x1b[2J\nx\n.", "a".repeat(90));
    assert_eq!(
        stop(pickle.as_bytes()),
        Stop::Global(format!("{}\\u{{1b}}[2J.x", "a".repeat(90)))
    );
    let long = format!("c{}\nx\n.", "a".repeat(100_000));
    assert!(matches!(stop(long.as_bytes()), Stop::Global(name) if name.len() == 100));
}

#[test]
fn whole_numbers_of_every_size_are_read() {
    for (pickle, value) in [
        (&b"K\xff."[..], 255),
        (b"M\xff\xff.", 65535),
        (b"J\xff\xff\xff\xff.", -1),
        (b"\x8a\x00.", 0),
        (b"\x8a\x01\x80.", -128),
        (b"\x8a\x02\x80\x00.", 128),
        (b"\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f.", i64::MAX),
        (b"\x8a\x08\x00\x00\x00\x00\x00\x00\x00\x80.", i64::MIN),
        (b"\x8a\x07\xff\xff\xff\xff\xff\xff\xff.", -1),
    ] {
        assert_eq!(read(pickle).unwrap().1, Value::Int(value));
    }
    assert_eq!(broken(b"\x8a\x09\0\0\0\0\0\0\0\0\x01."), "0: a number beyond 64 bits");
}

#[test]
fn a_dict_that_holds_itself_is_no_more_than_an_index() {
    let (heap, root) = read(b"}q\x00X\x01\0\0\0ah\x00s.").unwrap();
    assert_eq!(heap.entries(root), Some(&[(Value::Text("a"), root)][..]));
}

#[test]
fn what_is_put_into_a_dict_after_it_was_remembered_is_there() {
    let (heap, root) = read(b"}\x94(X\x01\0\0\0aK\x01X\x01\0\0\0bK\x02uh\x00\x85.").unwrap();
    let Value::Tuple(id) = root else { panic!("{root:?}") };
    assert_eq!(heap.entries(heap.lists[id][0]).unwrap().len(), 2);
}

#[test]
fn broken_pickles_say_where_and_why() {
    let all: Vec<_> = [
        &b""[..],
        b"\x80\x01.",
        b"\x80\x06.",
        b".",
        b"(K\x01t",
        b"t.",
        b"(.",
        b"K\x01(.",
        b"X\xff\xff\xff\xffab.",
        b"\x8d\xff\xff\xff\xff\xff\xff\xff\xffab.",
        b"\x8c\x02\xff\xfe.",
        b"h\x05.",
        b"q\x05.",
        b"K\x01K\x02s.",
        b"}K\x01s.",
        b"}(K\x01u.",
        b"K\x01a.",
        b"NN\x93.",
        b"ctorch",
        b"K\x01Nb.",
        b"K\x01)R.",
        b"K\x05Q.",
        b"ccollections\nOrderedDict\nK\x01\x85R.",
        b"ctorch._utils\n_rebuild_tensor_v2\n)R.",
        b"ctorch\nFloatStorage\n)R.",
        b"(X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\0aX\x01\0\0\0bJ\xff\xff\xff\xfftQ.",
    ]
    .iter()
    .map(|pickle| broken(pickle))
    .collect();
    insta::assert_snapshot!(all.join("\n"));
}

#[test]
fn deep_wide_and_endless_pickles_are_refused() {
    assert_eq!(broken(&[b'('; 2000]), "1000: it is nested deeper than 1000 levels");
    // A list in a list in a list: containers are indices, so that depth costs nothing.
    let nested = [&[b']'; 50_000][..], &[b'a'; 49_999], b"."].concat();
    assert_eq!(read(&nested).unwrap().1, Value::List(0));
    assert!(broken(&[b'N'; 2 << 20]).contains("instructions"));
    assert!(broken(&vec![b'N'; 17 << 20]).contains("more than any state dict needs"));
}
