use std::future::Future;

use futures_util::stream::{self, Stream, TryStreamExt as _};

/// One page of a list, and where the next one starts.
#[derive(Debug, Clone)]
pub struct Page<C, T> {
    /// What is on the page.
    pub items: Vec<T>,
    /// What to ask for next; `None` after the last page.
    pub next: Option<C>,
}

impl<T> Page<u32, T> {
    /// A page of a list that is asked for by page number.
    pub fn numbered(items: Vec<T>, page: u32, has_next: bool) -> Self {
        // A vendor that always names a next page would have us ask for ever.
        let next = if has_next && !items.is_empty() { page.checked_add(1) } else { None };
        Self { items, next }
    }
}

impl<T> Page<u64, T> {
    /// A page of a list that is asked for by offset. Without a total, the list ends with the first page that is empty.
    pub fn at_offset(items: Vec<T>, offset: u64, total: Option<u64>) -> Self {
        let end = offset.saturating_add(items.len() as u64);
        let more = !items.is_empty() && total.is_none_or(|total| end < total);
        Self { items, next: more.then_some(end) }
    }
}

/// A list as a stream of its items. `fetch` asks for one page; each is asked for once, when the items before it have been
/// taken.
///
/// The stream ends after the last page, and after an error, which it hands out.
///
/// ```
/// use api_runtime::{Page, pages};
/// use futures_util::TryStreamExt;
///
/// # async fn example() -> Result<(), std::convert::Infallible> {
/// let numbers: Vec<u32> = pages(1, async |page| {
///     Ok::<_, std::convert::Infallible>(Page::numbered(vec![page * 10, page * 10 + 1], page, page < 3))
/// })
/// .try_collect()
/// .await?;
/// assert_eq!(numbers, [10, 11, 20, 21, 30, 31]);
/// # Ok(())
/// # }
/// # tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(example()).expect("it ends");
/// ```
pub fn pages<C, T, E, F, Answer>(first: C, fetch: F) -> impl Stream<Item = Result<T, E>>
where
    F: FnMut(C) -> Answer,
    Answer: Future<Output = Result<Page<C, T>, E>>,
{
    stream::try_unfold((Some(first), fetch), |(cursor, mut fetch)| async move {
        let Some(cursor) = cursor else { return Ok(None) };
        let page = fetch(cursor).await?;
        Ok(Some((stream::iter(page.items.into_iter().map(Ok)), (page.next, fetch))))
    })
    .try_flatten()
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    async fn collect<C: Copy, T>(
        first: C,
        asked: &RefCell<Vec<C>>,
        mut page: impl FnMut(C) -> Result<Page<C, T>, &'static str>,
    ) -> Vec<Result<T, &'static str>> {
        let fetch = |cursor| {
            asked.borrow_mut().push(cursor);
            std::future::ready(page(cursor))
        };
        let mut stream = std::pin::pin!(pages(first, fetch));
        let mut items = Vec::new();
        while let Some(item) = futures_util::StreamExt::next(&mut stream).await {
            items.push(item);
        }
        // A stream that has ended stays ended.
        assert!(futures_util::StreamExt::next(&mut stream).await.is_none());
        items
    }

    #[tokio::test]
    async fn numbered_pages_are_each_asked_for_once() {
        let asked = RefCell::new(Vec::new());
        let items = collect(1, &asked, |page| Ok(Page::numbered(vec![page], page, page < 3))).await;
        assert_eq!(items, [Ok(1), Ok(2), Ok(3)]);
        assert_eq!(*asked.borrow(), [1, 2, 3]);
    }

    #[tokio::test]
    async fn offsets_follow_what_came() {
        let asked = RefCell::new(Vec::new());
        let all: Vec<u64> = (0..7).collect();
        let items = collect(0, &asked, |offset| {
            let items = all.iter().copied().skip(offset as usize).take(3).collect();
            Ok(Page::at_offset(items, offset, Some(7)))
        })
        .await;
        assert_eq!(items.len(), 7);
        assert_eq!(*asked.borrow(), [0, 3, 6]);
    }

    #[tokio::test]
    async fn an_error_is_handed_out_and_ends_the_stream() {
        let asked = RefCell::new(Vec::new());
        let items =
            collect(
                1,
                &asked,
                |page| {
                    if page == 2 { Err("refused") } else { Ok(Page::numbered(vec![page], page, true)) }
                },
            )
            .await;
        assert_eq!(items, [Ok(1), Err("refused")]);
        assert_eq!(*asked.borrow(), [1, 2]);
    }

    #[tokio::test]
    async fn a_list_that_claims_to_go_on_ends_with_an_empty_page() {
        let asked = RefCell::new(Vec::new());
        let items =
            collect(1, &asked, |page| Ok(Page::numbered(if page < 3 { vec![page] } else { vec![] }, page, true))).await;
        assert_eq!(items.len(), 2);
        assert_eq!(*asked.borrow(), [1, 2, 3]);
    }
}
