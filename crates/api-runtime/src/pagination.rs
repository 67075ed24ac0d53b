use std::collections::HashSet;
use std::fmt;
use std::future::{Future, poll_fn};
use std::hash::{BuildHasher as _, RandomState};
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::stream::{self, Stream, TryStreamExt as _};
use url::form_urlencoded;

use crate::error::{DecodeErrorKind, Error, ErrorBody};
use crate::response::Response;

/// Maximum number of pages that [`paginate`] requests.
pub const MAX_PAGES: usize = 10_000;

/// One page of a list, with the cursor of the next page.
#[derive(Debug, Clone)]
pub struct Page<C, T> {
    /// Items of the page, in the server's order.
    pub items: Vec<T>,
    /// Cursor to request the next page with; `None` after the last page.
    pub next_cursor: Option<C>,
}

impl<T> Page<u32, T> {
    /// Creates a page of a list that is requested by page number.
    pub fn by_number(items: Vec<T>, page: u32, has_next: bool) -> Self {
        // The list ends at an empty page even if the server always announces one more.
        let next = if has_next && !items.is_empty() { page.checked_add(1) } else { None };
        Self { items, next_cursor: next }
    }
}

impl<T> Page<u64, T> {
    /// Creates a page of a list that is requested by offset, in items. Without a total the list ends at the first empty
    /// page.
    pub fn by_offset(items: Vec<T>, offset: u64, total: Option<u64>) -> Self {
        let end = offset.saturating_add(items.len() as u64);
        let more = !items.is_empty() && total.is_none_or(|total| end < total);
        Self { items, next_cursor: more.then_some(end) }
    }
}

impl<T> Page<Option<String>, T> {
    /// A page of a list whose next page is named by a cursor. The list ends with the page that names none, or itself.
    pub fn by_cursor(items: Vec<T>, cursor: Option<String>, next: Option<String>) -> Self {
        let next = next.filter(|next| cursor.as_ref() != Some(next));
        Self { items, next_cursor: next.map(Some) }
    }

    /// A page of a list whose next page is named by its address, in whose query `parameter` is the cursor. The list ends with
    /// an address that has no such parameter, and as for [`Page::by_cursor`].
    pub fn by_link(items: Vec<T>, cursor: Option<String>, address: Option<&str>, parameter: &str) -> Self {
        let query = address.and_then(|address| address.split_once('?')?.1.split('#').next());
        let mut pairs = query.into_iter().flat_map(|query| form_urlencoded::parse(query.as_bytes()));
        let next = pairs.find(|(name, _)| name == parameter).map(|(_, next)| next.into_owned());
        Self::by_cursor(items, cursor, next)
    }
}

/// Stream of the items of a list: what `.items()` of a call returns. It owns everything that it needs, and is `Send` and
/// `Unpin`, so a function can return it. It ends as [`paginate`] says.
///
/// `next`, `try_next` and `try_collect` need no trait. It is also a `Stream` of the crate `futures-core`, whose further methods
/// are those of `StreamExt` and `TryStreamExt` in the crate `futures-util`.
#[must_use = "it asks for nothing until it is polled"]
pub struct Items<T, E>(Pin<Box<dyn Stream<Item = Result<T, Error<E>>> + Send>>);

impl<T, E> Items<T, E> {
    /// Boxes a stream.
    pub fn new(stream: impl Stream<Item = Result<T, Error<E>>> + Send + 'static) -> Self {
        Self(Box::pin(stream))
    }

    /// Returns the next item, `None` after the last one and after an error.
    pub async fn next(&mut self) -> Option<Result<T, Error<E>>> {
        poll_fn(|context| self.0.as_mut().poll_next(context)).await
    }

    /// Returns the next item, `None` after the last one.
    ///
    /// # Errors
    ///
    /// The error that ended the list before its last item.
    pub async fn try_next(&mut self) -> Result<Option<T>, Error<E>> {
        self.next().await.transpose()
    }

    /// Returns all items from here on, at most those of [`MAX_PAGES`] pages. They are held in memory together; take a list
    /// that may be long item by item.
    ///
    /// # Errors
    ///
    /// The error that ended the list before its last item. The items before it are lost.
    pub async fn try_collect(mut self) -> Result<Vec<T>, Error<E>> {
        let mut items = Vec::new();
        while let Some(item) = self.try_next().await? {
            items.push(item);
        }
        Ok(items)
    }
}

impl<T, E> Stream for Items<T, E> {
    type Item = Result<T, Error<E>>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.as_mut().poll_next(context)
    }
}

impl<T, E> fmt::Debug for Items<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Items").finish_non_exhaustive()
    }
}

/// Guard that ends the pagination of a faulty server: one that ignores the requested page or offset, or always
/// announces another page.
#[derive(Debug, Default)]
pub struct PageCheck {
    hasher: RandomState,
    /// Hash of each page's body.
    seen: HashSet<u64>,
}

impl PageCheck {
    /// Checks the next page and returns its decoded body.
    ///
    /// # Errors
    ///
    /// [`Error::Decode`] with [`DecodeErrorKind::RepeatedPage`] if a page with the same body was taken before, and with
    /// [`DecodeErrorKind::TooManyPages`] after [`MAX_PAGES`] pages.
    pub fn take<A, E: ErrorBody>(&mut self, response: Response<A>) -> Result<A, Error<E>> {
        let pages = self.seen.len();
        if !self.seen.insert(self.hasher.hash_one(response.raw_body())) {
            return Err(response.refuse(DecodeErrorKind::RepeatedPage));
        }
        if pages == MAX_PAGES {
            return Err(response.refuse(DecodeErrorKind::TooManyPages { pages }));
        }
        Ok(response.into_inner())
    }
}

/// Returns the items of a list as a stream. `ask` requests one page, and `page` reads its response. A page is requested
/// once, when the items before it have been consumed.
///
/// The stream ends after the last page, or after the first error, which is its last item. Besides the errors of the
/// requests, that is [`Error::Decode`] with [`DecodeErrorKind::RepeatedPage`] or [`DecodeErrorKind::TooManyPages`] ([`MAX_PAGES`] pages),
/// so that it always ends.
///
/// ```no_run
/// # use api_runtime::{Error, ErrorBody, Operation, Page, Pipeline, paginate};
/// use futures_util::Stream;
///
/// # #[derive(serde::Deserialize)]
/// # struct Harbour { ships: Vec<String>, has_next: bool }
/// # fn ships<E: ErrorBody>(pipeline: &Pipeline, list_ships: &'static Operation) -> impl Stream<Item = Result<String, Error<E>>> {
/// paginate(
///     1,
///     move |page: u32| async move {
///         pipeline.send(pipeline.request(list_ships).query("page", Some(&page))).await?.json::<Harbour, E>()
///     },
///     |harbour, page| Page::by_number(harbour.ships, page, harbour.has_next),
/// )
/// # }
/// ```
pub fn paginate<C, A, T, E, F, Asked>(
    first: C,
    ask: F,
    page: impl Fn(A, C) -> Page<C, T>,
) -> impl Stream<Item = Result<T, Error<E>>>
where
    C: Clone,
    E: ErrorBody,
    F: FnMut(C) -> Asked,
    Asked: Future<Output = Result<Response<A>, Error<E>>>,
{
    let start = (Some(first), ask, page, PageCheck::default());
    stream::try_unfold(start, |(cursor, mut ask, page, mut check)| async move {
        let Some(cursor) = cursor else { return Ok(None) };
        let response = check.take(ask(cursor.clone()).await?)?;
        let Page { items, next_cursor: next } = page(response, cursor);
        Ok(Some((stream::iter(items.into_iter().map(Ok)), (next, ask, page, check))))
    })
    .try_flatten()
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::fmt;

    use http::{HeaderMap, Method, StatusCode};

    use super::*;
    use crate::operation::Operation;
    use crate::response::UndecodedResponse;
    use crate::types::ErrorPayload;
    use crate::wire::RawResponse;

    static LIST: Operation = Operation::new("request", Method::GET, "", true);

    struct Refusal;

    impl ErrorBody for Refusal {
        fn decode(body: &[u8]) -> Self {
            ErrorPayload::read(body);
            Self
        }
    }

    type CallOutcome<T> = Result<T, Error<Refusal>>;

    fn response(items: &[u64]) -> CallOutcome<Response<Vec<u64>>> {
        let body = serde_json::to_vec(items).expect("it encodes").into();
        let response = RawResponse { status: StatusCode::OK, headers: HeaderMap::new(), body, complete: true };
        UndecodedResponse::new(&LIST, 1, Box::new(response), |_| None).json()
    }

    async fn collect<C: Copy + fmt::Debug>(
        first: C,
        asked: &RefCell<Vec<C>>,
        mut answer_to: impl FnMut(C) -> CallOutcome<Response<Vec<u64>>>,
        page: impl Fn(Vec<u64>, C) -> Page<C, u64>,
    ) -> Vec<Result<u64, Option<DecodeErrorKind>>> {
        let ask = |cursor| {
            asked.borrow_mut().push(cursor);
            std::future::ready(answer_to(cursor))
        };
        let mut stream = std::pin::pin!(paginate(first, ask, page));
        let mut items = Vec::new();
        while let Some(item) = futures_util::StreamExt::next(&mut stream).await {
            items.push(item.map_err(|error| match error {
                Error::Decode(failure) => Some(failure.kind().clone()),
                _ => None,
            }));
        }
        // A stream that has ended stays ended.
        assert!(futures_util::StreamExt::next(&mut stream).await.is_none());
        items
    }

    #[tokio::test]
    async fn numbered_pages_are_each_asked_for_once() {
        let asked = RefCell::new(Vec::new());
        let items =
            collect(1, &asked, |page| response(&[page.into()]), |items, page| Page::by_number(items, page, page < 3))
                .await;
        assert_eq!(items, [Ok(1), Ok(2), Ok(3)]);
        assert_eq!(*asked.borrow(), [1, 2, 3]);
    }

    #[tokio::test]
    async fn offsets_follow_what_came() {
        let asked = RefCell::new(Vec::new());
        let answer_to = |offset: u64| response(&(offset..7).take(3).collect::<Vec<_>>());
        let items = collect(0, &asked, answer_to, |items, offset| Page::by_offset(items, offset, Some(7))).await;
        assert_eq!(items.len(), 7);
        assert_eq!(*asked.borrow(), [0, 3, 6]);
    }

    #[tokio::test]
    async fn an_error_is_handed_out_and_ends_the_stream() {
        let asked = RefCell::new(Vec::new());
        let refused = || Error::InvalidRequest(Box::new(crate::error::InvalidRequest::empty(&LIST, "page")));
        let answer_to = |page: u32| if page == 2 { Err(refused()) } else { response(&[page.into()]) };
        let items = collect(1, &asked, answer_to, |items, page| Page::by_number(items, page, true)).await;
        assert_eq!(items, [Ok(1), Err(None)]);
        assert_eq!(*asked.borrow(), [1, 2]);
    }

    #[tokio::test]
    async fn a_list_that_claims_to_go_on_ends_with_an_empty_page() {
        let asked = RefCell::new(Vec::new());
        let answer_to = |page: u32| if page < 3 { response(&[page.into()]) } else { response(&[]) };
        let items = collect(1, &asked, answer_to, |items, page| Page::by_number(items, page, true)).await;
        assert_eq!(items.len(), 2);
        assert_eq!(*asked.borrow(), [1, 2, 3]);
    }

    #[tokio::test]
    async fn a_page_that_has_come_before_ends_the_list_with_an_error() {
        for (cycle, came) in [(1, vec![0]), (3, vec![0, 1, 2])] {
            let asked = RefCell::new(Vec::new());
            let answer_to = |offset: u64| response(&[offset % cycle]);
            let items = collect(0, &asked, answer_to, |items, offset| Page::by_offset(items, offset, None)).await;
            let expected: Vec<_> = came.into_iter().map(Ok).chain([Err(Some(DecodeErrorKind::RepeatedPage))]).collect();
            assert_eq!(items, expected);
            assert_eq!(asked.borrow().len() as u64, cycle + 1);
        }
    }

    #[test]
    fn the_cursor_of_the_next_page_stands_in_its_address() {
        for (address, next) in [
            (Some("/api/v1/checks/CHK1/details/?start_key=DTL%2B1&lang=en"), Some("DTL+1")),
            (Some("https://api.zapsign.example/x?lang=en&start_key=a#top"), Some("a")),
            (Some("/api/v1/checks/CHK1/details/?start_key=here"), None),
            (Some("/api/v1/checks/CHK1/details/"), None),
            (Some(""), None),
            (None, None),
        ] {
            let page = Page::by_link(vec![1], Some("here".to_owned()), address, "start_key");
            assert_eq!(page.next_cursor.flatten().as_deref(), next, "{address:?}");
        }
    }

    #[tokio::test]
    async fn items_can_be_sent_and_need_no_pin() {
        fn is_free<T: Send + Unpin + 'static>(value: T) -> T {
            value
        }
        let page = |items, page| Page::by_number(items, page, page < 2);
        let ask = |page: u32| std::future::ready(response(&[page.into()]));
        let mut items = is_free(Items::new(paginate(1, ask, page)));
        assert!(matches!(items.next().await, Some(Ok(1))));
        assert_eq!(items.try_collect().await.expect("it succeeds"), [2]);
        let mut items = Items::new(paginate(1, ask, page));
        assert!(matches!(items.try_next().await, Ok(Some(1))));
        assert!(matches!(items.try_next().await, Ok(Some(2))));
        assert!(matches!(items.try_next().await, Ok(None)));
    }

    #[tokio::test]
    async fn collected_items_end_with_the_error_of_a_page() {
        let refused = || Error::InvalidRequest(Box::new(crate::error::InvalidRequest::empty(&LIST, "page")));
        let ask =
            move |page: u32| std::future::ready(if page == 2 { Err(refused()) } else { response(&[page.into()]) });
        let items = Items::new(paginate(1, ask, |items, page| Page::by_number(items, page, true)));
        assert!(matches!(items.try_collect().await, Err(Error::InvalidRequest(_))));
    }

    #[tokio::test]
    async fn a_list_that_grows_for_ever_ends_with_an_error() {
        let asked = RefCell::new(Vec::new());
        let growing = |items, offset| Page::by_offset(items, offset, Some(offset + 9));
        let items = collect(0, &asked, |offset| response(&[offset]), growing).await;
        assert_eq!(items.len(), MAX_PAGES + 1);
        assert_eq!(items[MAX_PAGES], Err(Some(DecodeErrorKind::TooManyPages { pages: MAX_PAGES })));
        assert_eq!(asked.borrow().len(), MAX_PAGES + 1);
    }
}
