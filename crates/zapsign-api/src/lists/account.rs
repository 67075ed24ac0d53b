use api_runtime::{Page, pages};
use futures_core::Stream;

use super::FIRST;
use crate::calls::account::ListUsersCall;
use crate::types::User;
use crate::{Client, Error};

impl Client {
    /// Every user of the account.
    pub fn all_users<'c>(
        &'c self,
        ask: impl Fn(ListUsersCall<'c>) -> ListUsersCall<'c>,
    ) -> impl Stream<Item = Result<User, Error>> {
        pages(
            FIRST,
            move |page| ask(self.list_users()).page(i64::from(page)).send(),
            |answer, page| Page::numbered(answer.results, page, answer.next.is_some()),
        )
    }
}
