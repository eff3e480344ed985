//! Getting a name, and with an account proving it.

use protocol::refusal::Refusal;

use super::Conversation;
use super::expecting::Expecting;
use super::work::Task;
use crate::interactive::screen::Answer;
use crate::language::Text;
use crate::network::{Account, Dialect, Identity};

impl Conversation {
    /// Begins with a name.
    pub(super) fn begin_as(&mut self, user: &str) {
        self.set_about(match self.chat.dialect() {
            Dialect::Classic => Task::SignIn(Identity::guest(user)),
            Dialect::Accounts => Task::LookUpAccount(user.to_owned()),
        });
    }

    /// Whether a line that was typed at such a question answers what is expected by now. When the name is
    /// lost while something is typed, that is neither a name nor a password.
    pub(super) fn is_expected(&self, answers: Answer) -> bool {
        match &self.expecting {
            Expecting::Name => answers == Answer::Word,
            Expecting::Password { .. } | Expecting::PasswordAgain { .. } => {
                answers == Answer::Secret
            }
            _ => true,
        }
    }

    pub(super) fn hear_name(&mut self, user: &str) {
        if user.is_empty() {
            self.expecting = Expecting::Name;
            return;
        }
        self.expecting = Expecting::after_name(user, self.chat.dialect());
        self.begin_as(user);
    }

    pub(super) fn hear_password(&mut self, user: String, account: Option<Account>, password: &str) {
        if password.is_empty() {
            self.trouble(&Text::EmptyPassword);
            self.expecting = Expecting::Password { user, account };
            return;
        }
        let identity = Identity::account(&user, password);
        if account == Some(Account::Exists) {
            self.set_about(Task::SignIn(identity));
            return;
        }
        if account != Some(Account::New) {
            self.answer(&Text::AccountMayBeNew { user: &user });
        }
        self.expecting = Expecting::PasswordAgain { identity, account };
    }

    pub(super) fn hear_password_again(
        &mut self,
        identity: Identity,
        account: Option<Account>,
        password: &str,
    ) {
        if identity.password.as_deref() == Some(password) {
            self.set_about(Task::SignIn(identity));
            return;
        }
        self.trouble(&Text::PasswordsDiffer);
        let user = identity.name;
        self.expecting = Expecting::Password { user, account };
    }

    /// Asks for what may help when the name was not taken, or is lost.
    pub(super) fn expect_after_failure(&mut self, user: &str, refusal: Option<&Refusal>) {
        self.expecting = Expecting::after_failure(user, self.chat.dialect(), refusal);
        if let Expecting::Password { account: None, .. } = self.expecting {
            self.set_about(Task::LookUpAccount(user.to_owned()));
        }
    }

    pub(super) fn account_looked_up(&mut self, name: &str, looked_up: Account) {
        if let Expecting::Password { user, account } = &mut self.expecting
            && user == name
        {
            *account = Some(looked_up);
            if looked_up == Account::New {
                self.answer(&Text::AccountIsNew { user: name });
            }
        }
    }
}
