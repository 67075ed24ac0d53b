//! PDF: pages of text, alone or after the pages of another file.

use std::borrow::Cow;
use std::collections::BTreeSet;

use lopdf::{Dictionary, Document, Encoding, Object, ObjectId, Stream, dictionary};

/// A4 in points: left, bottom, right, top.
const A4: [f32; 4] = [0.0, 0.0, 595.0, 842.0];
const MARGIN: usize = 50;
const FONT_SIZE: usize = 10;
const LINE_HEIGHT: usize = 14;
const LINES_PER_PAGE: usize = 53;
/// Characters per line. Each is 0.6 times as wide as the font is high.
const COLUMNS: usize = 82;
const CHARACTER_WIDTH: f32 = 0.6;
/// Largest part of a page's width that a watermark takes.
const WATERMARK_WIDTH: f32 = 0.8;
/// Name of the font in the resources of a page, which the page of an upload has for no other.
const FONT_NAME: &str = "SandboxCourier";
/// Largest depth of a tree of pages that is followed.
const MAX_DEPTH: usize = 64;
/// Largest number of pages of an upload that are a part of the signed file.
const MAX_PAGES: usize = 2_000;
/// Largest number of streams, in the content of all pages, that a watermark is added to.
const MAX_CONTENTS: usize = 100_000;

/// Returns a PDF of text.
pub(crate) fn text_pdf(lines: &[String]) -> Vec<u8> {
    let mut document = Document::with_version("1.4");
    let tree = document.add_object(dictionary! { "Type" => "Pages", "Kids" => Vec::<Object>::new(), "Count" => 0 });
    let catalog = document.add_object(dictionary! { "Type" => "Catalog", "Pages" => tree });
    document.trailer.set("Root", catalog);
    append_pages(&mut document, lines).and_then(|()| written(document)).expect("the tree of pages is there")
}

/// Returns a PDF with the pages of another one, a watermark on each of them, and pages of text after them. A file that cannot be
/// parsed, or has too many pages, is left out, and a sentence says so.
pub(crate) fn sealed_pdf(original: &[u8], lines: &[String], watermark: Option<&str>) -> Vec<u8> {
    try_seal(original, lines, watermark).unwrap_or_else(|reason| {
        let reason = format!("The pages of the original file are missing: {reason}.");
        let explained: Vec<String> =
            watermark.map(ToOwned::to_owned).into_iter().chain([reason, String::new()]).collect();
        text_pdf(&[&explained, lines].concat())
    })
}

/// Returns the PDF, or the reason why the pages of the other one cannot be a part of it.
fn try_seal(original: &[u8], lines: &[String], watermark: Option<&str>) -> Result<Vec<u8>, String> {
    let unparsed = |_| "it cannot be parsed as a PDF".to_owned();
    let mut document = Document::load_mem(original).map_err(unparsed)?;
    if document.page_iter().nth(MAX_PAGES).is_some() {
        return Err(format!("it has more than {MAX_PAGES} pages"));
    }
    if let Some(text) = watermark {
        // A tree may name a page more than once.
        let pages: BTreeSet<ObjectId> = document.page_iter().collect();
        let mut contents = 0;
        for page in &pages {
            contents += document.get_page_contents(*page).len();
            if contents > MAX_CONTENTS {
                return Err(format!("the content of its pages has more than {MAX_CONTENTS} parts"));
            }
        }
        let font = add_font(&mut document);
        pages.into_iter().try_for_each(|page| add_watermark(&mut document, page, font, text)).map_err(unparsed)?;
    }
    append_pages(&mut document, lines).and_then(|()| written(document)).map_err(unparsed)
}

fn written(mut document: Document) -> lopdf::Result<Vec<u8>> {
    let mut file = Vec::new();
    document.save_to(&mut file)?;
    Ok(file)
}

fn add_font(document: &mut Document) -> ObjectId {
    document.add_object(dictionary! {
        "Type" => "Font",
        "Subtype" => "Type1",
        "BaseFont" => "Courier",
        "Encoding" => "WinAnsiEncoding",
    })
}

/// Appends pages of text.
fn append_pages(document: &mut Document, lines: &[String]) -> lopdf::Result<()> {
    let font = add_font(document);
    let tree = document.catalog()?.get(b"Pages")?.as_reference()?;
    // A control character has no glyph.
    let lines: Vec<String> = lines.iter().map(|line| line.replace(char::is_control, " ")).collect();
    let lines: Vec<Cow<'_, str>> = lines.iter().flat_map(|line| textwrap::wrap(line, COLUMNS)).collect();
    let mut pages: Vec<Object> = Vec::new();
    for lines in lines.chunks(LINES_PER_PAGE) {
        let text: String = lines.iter().map(|line| shown(line) + " T*\n").collect();
        let top = A4[3] as usize - MARGIN - FONT_SIZE;
        let content = format!("BT /{FONT_NAME} {FONT_SIZE} Tf {LINE_HEIGHT} TL {MARGIN} {top} Td\n{text}ET\n");
        let content = document.add_object(Stream::new(Dictionary::new(), content.into_bytes()));
        let size: Vec<Object> = A4.map(Object::from).into();
        // What it does not have itself, a page inherits.
        let page = document.add_object(dictionary! {
            "Type" => "Page",
            "Parent" => tree,
            "MediaBox" => size.clone(),
            "CropBox" => size,
            "Rotate" => 0,
            "Resources" => dictionary! { "Font" => dictionary! { FONT_NAME => font } },
            "Contents" => content,
        });
        pages.push(page.into());
    }
    extend_tree(document, tree, pages)
}

/// Adds pages at the end of the tree.
fn extend_tree(document: &mut Document, tree: ObjectId, added: Vec<Object>) -> lopdf::Result<()> {
    let count = document.page_iter().count() + added.len();
    let pages = document.get_dictionary_mut(tree)?;
    pages.set("Count", count as i64);
    let kids = match pages.get_mut(b"Kids")? {
        Object::Reference(kids) => {
            let kids = *kids;
            document.get_object_mut(kids)?
        }
        kids => kids,
    };
    kids.as_array_mut()?.extend(added);
    Ok(())
}

/// Writes a text across the middle of a page, in outlines, so that what is below can be read.
fn add_watermark(document: &mut Document, page: ObjectId, font: ObjectId, text: &str) -> lopdf::Result<()> {
    let resources = document.get_or_create_resources(page)?.as_dict_mut()?;
    if !resources.has(b"Font") {
        resources.set("Font", Dictionary::new());
    }
    let fonts = match resources.get(b"Font")?.as_reference() {
        Ok(fonts) => document.get_dictionary_mut(fonts)?,
        Err(_) => document.get_or_create_resources(page)?.as_dict_mut()?.get_mut(b"Font")?.as_dict_mut()?,
    };
    fonts.set(FONT_NAME, font);

    let [left, bottom, right, top] = media_box(document, page);
    let columns = text.chars().count() as f32 * CHARACTER_WIDTH;
    let size = (right - left) * WATERMARK_WIDTH / columns;
    let (x, y) = (left + (right - left) * (1.0 - WATERMARK_WIDTH) / 2.0, (bottom + top - size) / 2.0);
    // `q` and `Q` around the page's own content leave the coordinates as they were before it.
    let mark = format!("\nQ q 0.6 G 1 Tr BT /{FONT_NAME} {size} Tf {x} {y} Td {} ET Q\n", shown(text));
    let mut contents = document.get_page_contents(page);
    contents.insert(0, document.add_object(Stream::new(Dictionary::new(), b"q\n".to_vec())));
    contents.push(document.add_object(Stream::new(Dictionary::new(), mark.into_bytes())));
    let contents: Vec<Object> = contents.into_iter().map(Object::from).collect();
    document.get_dictionary_mut(page)?.set("Contents", contents);
    Ok(())
}

/// Returns the size of a page, which it may inherit.
fn media_box(document: &Document, page: ObjectId) -> [f32; 4] {
    let mut node = page;
    for _ in 0..MAX_DEPTH {
        let Ok(dictionary) = document.get_dictionary(node) else { break };
        if let Ok(Object::Array(corners)) = dictionary.get_deref(b"MediaBox", document) {
            let corners: Vec<f32> = corners.iter().filter_map(|corner| corner.as_float().ok()).collect();
            return corners.try_into().unwrap_or(A4);
        }
        let Ok(parent) = dictionary.get(b"Parent").and_then(Object::as_reference) else { break };
        node = parent;
    }
    A4
}

/// Returns the operators that show a line. A character that the font has not is shown as a question mark, and a reader that
/// extracts or copies the text gets it all the same.
fn shown(line: &str) -> String {
    let encoding = Encoding::SimpleEncoding(b"WinAnsiEncoding");
    let encoded = |character: char| match Document::encode_text(&encoding, character.encode_utf8(&mut [0; 4]))[..] {
        [byte] => Some(byte),
        _ => None,
    };
    let bytes: Vec<Option<u8>> = line.chars().map(encoded).collect();
    let is_whole = bytes.iter().all(Option::is_some);
    let bytes: Vec<u8> = bytes.into_iter().map(|byte| byte.unwrap_or(b'?')).collect();
    let shown = format!("<{}> Tj", base16ct::lower::encode_string(&bytes));
    if is_whole {
        return shown;
    }
    let mut text = Vec::new();
    lopdf::encode_utf16_be(line, &mut text);
    format!("/Span << /ActualText <{}> >> BDC {shown} EMC", base16ct::lower::encode_string(&text))
}
