//! Pickles written by hand, byte by byte.

use super::{Heap, Pickle, PickleValue, Stop, read, shown};

fn stop(pickle: &[u8]) -> Stop {
    read(pickle).unwrap_err()
}

fn broken(pickle: &[u8]) -> String {
    match stop(pickle) {
        Stop::Broken { at, what } => format!("{at}: {what}"),
        other => panic!("{other:?}"),
    }
}

fn built(pickle: &[u8]) -> (Heap<'_>, PickleValue<'_>) {
    let Pickle { heap, root, length } = read(pickle).unwrap();
    assert_eq!(length, pickle.len());
    (heap, root)
}

/// What Python would have called to make the root.
fn maker(pickle: &[u8]) -> String {
    match built(pickle) {
        (heap, PickleValue::Object(id)) => shown(heap.objects[id].maker),
        (_, other) => panic!("{other:?}"),
    }
}

#[test]
fn whatever_a_call_would_make_is_an_inert_object_that_knows_by_what() {
    let calls: [&[u8]; 12] = [
        b"\x80\x02cos\nsystem\nX\x02\0\0\0ls\x85R.",
        b"\x80\x04\x8c\x05posix\x8c\x06system\x93\x8c\x02ls\x85R.",
        b"cbuiltins\neval\n)R.",
        b"ctorch._utils\n_rebuild_tensor_v2.__globals__\n)R.",
        b"ccollections\nOrderedDict.fromkeys\n)\x81.",
        b"ca\nClass\n)}\x92.",
        b"(S'ls'\nios\nsystem\n.",
        b"(ca\nClass\nK\x01o.",
        // what a call returns is called
        b"ca\nfactory\n)R)R.",
        b"X\x01\0\0\0aQ.",
        b"Psomewhere else\n.",
        // known names, of which nothing known is made
        b"ctorch\nFloatStorage\n)R.",
    ];
    let made: Vec<_> = calls.iter().map(|pickle| maker(pickle)).collect();
    insta::assert_snapshot!(made.join("\n"));
}

#[test]
fn a_tensor_that_depends_on_an_inert_object_names_it() {
    let storage = b"(X\x07\0\0\0storagectorch\nQInt8Storage\nX\x01\0\0\x000X\x03\0\0\0cpuK\x01tQ";
    let tensor = [
        b"ctorch._utils\n_rebuild_tensor_v2\n(",
        &storage[..],
        b"K\0K\x01\x85K\x01\x85\x89)tR",
    ]
    .concat();
    assert_eq!(maker(&[&tensor[..], b"."].concat()), "torch.QInt8Storage");
    let parameter = [b"ctorch._utils\n_rebuild_parameter\n", &tensor[..], b"\x89)\x87R."].concat();
    assert_eq!(maker(&parameter), "torch.QInt8Storage");
    assert_eq!(
        maker(b"ctorch._utils\n_rebuild_tensor_v2\ncos\nsystem\nX\x02\0\0\0ls\x85R\x85R."),
        "os.system"
    );
}

#[test]
fn objects_keep_their_state_and_their_items_even_when_they_hold_themselves() {
    let (heap, root) = built(b"ca\nClass\n)\x81q\x00}X\x01\0\0\0xh\x00sbX\x01\0\0\0kK\x05s.");
    let PickleValue::Object(id) = root else {
        panic!("{root:?}")
    };
    assert_eq!(
        heap.attributes(&heap.objects[id]),
        Some(&[(PickleValue::Text("x"), root)][..])
    );
    assert_eq!(heap.parts(root), [("k", PickleValue::Int(5))]);
}

#[test]
fn the_ordered_dicts_of_python_2_are_lists_of_pairs() {
    let (heap, root) = built(b"ccollections\nOrderedDict\n](]U\x01aaK\x01ae\x85R.");
    assert_eq!(heap.parts(root), [("a", PickleValue::Int(1))]);
    assert_eq!(
        maker(b"ccollections\nOrderedDict\nK\x01\x85R."),
        "collections.OrderedDict"
    );
}

#[test]
fn every_spelling_of_a_value_is_read() {
    for (pickle, value) in [
        (&b"I-7\n."[..], PickleValue::Int(-7)),
        (b"I01\n.", PickleValue::Bool(true)),
        (b"L12L\n.", PickleValue::Int(12)),
        (b"L99999999999999999999L\n.", PickleValue::Long),
        (b"F0.5\n.", PickleValue::Float),
        (b"S'a'\n.", PickleValue::Text("a")),
        (b"S\"a\"\n.", PickleValue::Text("a")),
        (b"S'\\x00'\n.", PickleValue::Bytes(b"\\x00")),
        (b"Va\n.", PickleValue::Text("a")),
        (b"U\x01a.", PickleValue::Text("a")),
        (b"U\x01\xff.", PickleValue::Bytes(b"\xff")),
        (b"T\x01\0\0\0a.", PickleValue::Text("a")),
        (b"C\x01a.", PickleValue::Bytes(b"a")),
        (b"B\x01\0\0\0a.", PickleValue::Bytes(b"a")),
        (b"\x8e\x01\0\0\0\0\0\0\0a.", PickleValue::Bytes(b"a")),
        (b"\x96\x01\0\0\0\0\0\0\0a.", PickleValue::Bytes(b"a")),
        (b"\x8b\x01\0\0\0\xff.", PickleValue::Int(-1)),
        (b"K\x01K\x020.", PickleValue::Int(1)),
        (b"K\x01(K\x021.", PickleValue::Int(1)),
        (b"K\x01(0.", PickleValue::Int(1)),
        (b"K\x01p0\n0g0\n.", PickleValue::Int(1)),
    ] {
        assert_eq!(built(pickle).1, value, "{}", pickle.escape_ascii());
    }
    for list in [
        &b"\x8f(K\x01\x90."[..],
        b"(K\x01\x91.",
        b"(K\x01l.",
        b"]K\x01a.",
        b"cbuiltins\nset\n]K\x01a\x85R.",
    ] {
        let (heap, root) = built(list);
        assert_eq!(
            heap.items(root),
            Some(&[PickleValue::Int(1)][..]),
            "{}",
            list.escape_ascii()
        );
    }
    assert_eq!(
        built(b"(X\x01\0\0\0aK\x01d.").0.dicts[0],
        [(PickleValue::Text("a"), PickleValue::Int(1))]
    );
    let (heap, root) = built(b"K\x012\x86.");
    assert_eq!(heap.items(root), Some(&[PickleValue::Int(1); 2][..]));
}

#[test]
fn instructions_that_refer_to_what_is_outside_of_the_file_are_refused() {
    for (pickle, name) in [
        (&b"\x82\x01."[..], "EXT1"),
        (b"\x97.", "NEXT_BUFFER"),
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
    let pickle = format!("c{}\x1b[2J\nx\n)R.", "a".repeat(90));
    assert_eq!(maker(pickle.as_bytes()), format!("{}\\u{{1b}}[2J.x", "a".repeat(90)));
    let long = format!("c{}\nx\n)R.", "a".repeat(100_000));
    assert_eq!(maker(long.as_bytes()).len(), 100);
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
        assert_eq!(built(pickle).1, PickleValue::Int(value));
    }
    assert_eq!(built(b"\x8a\x09\0\0\0\0\0\0\0\0\x01.").1, PickleValue::Long);
}

#[test]
fn a_dict_that_holds_itself_is_no_more_than_an_index() {
    let (heap, root) = built(b"}q\x00X\x01\0\0\0ah\x00s.");
    assert_eq!(heap.entries(root), Some(&[(PickleValue::Text("a"), root)][..]));
}

#[test]
fn what_is_put_into_a_dict_after_it_was_remembered_is_there() {
    let (heap, root) = built(b"}\x94(X\x01\0\0\0aK\x01X\x01\0\0\0bK\x02uh\x00\x85.");
    let PickleValue::Tuple(id) = root else {
        panic!("{root:?}")
    };
    assert_eq!(heap.entries(heap.lists[id][0]).unwrap().len(), 2);
}

#[test]
fn broken_pickles_say_where_and_why() {
    let all: Vec<_> = [
        &b""[..],
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
        b"K\x01K\x02K\x03s.",
        b"K\x01K\x02a.",
        b"(o.",
        b"}(b.",
        b"S'a\n.",
        b"Ix\n.",
        b"gx\n.",
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
    assert_eq!(built(&nested).1, PickleValue::List(0));
    assert!(broken(&[b'N'; 2 << 20]).contains("instructions"));
    // Texts are the file's own bytes, so that one of any length costs nothing.
    let long = [&b"\x8d"[..], &(64u64 << 20).to_le_bytes(), &vec![b'a'; 64 << 20], b"."].concat();
    assert!(matches!(built(&long).1, PickleValue::Text(text) if text.len() == 64 << 20));
}

#[test]
fn one_list_given_to_a_thousand_calls_is_not_copied_a_thousand_times() {
    let pairs = [&b"](]K\x01aK\x01aq\x000"[..], &b"h\x00".repeat(2000), b"e\x85q\x01"].concat();
    let calls = b"0ccollections\nOrderedDict\nh\x01R".repeat(2000);
    let pickle = [&pairs[..], &calls, b"."].concat();
    let (heap, _) = built(&pickle);
    let copied: usize = heap.dicts.iter().map(Vec::len).sum();
    assert!(copied <= 1 << 20, "{copied}");
    assert_eq!(heap.dicts.len() + heap.objects.len(), 2000);
}
