//! Getting a name, and with an account proving it.

use protocol::refusal::Refusal;

use super::conversation::Conversation;
use super::prompt::Prompt;
use super::tasks::Task;
use super::texts::Text;
use crate::network::{Account, Dialect, Identity};
use crate::terminal::Answer;

impl Conversation {
    pub(super) fn begin_as(&mut self, user: &str) {
        self.enqueue(match self.chat.dialect() {
            Dialect::Classic => Task::SignIn(Identity::guest(user)),
            Dialect::Accounts => Task::LookUpAccount(user.to_owned()),
        });
    }

    /// Whether a line that was typed at such a question answers what is expected by now. When the name is
    /// lost while something is typed, that is neither a name nor a password.
    pub(super) fn is_expected(&self, answers: Answer) -> bool {
        match &self.prompt {
            Prompt::Name => answers == Answer::Word,
            Prompt::Password { .. } | Prompt::PasswordAgain { .. } => answers == Answer::Secret,
            _ => true,
        }
    }

    pub(super) fn on_name(&mut self, user: &str) {
        if user.is_empty() {
            self.prompt = Prompt::Name;
            return;
        }
        self.prompt = Prompt::after_name(user, self.chat.dialect());
        self.begin_as(user);
    }

    pub(super) fn on_password(&mut self, user: String, account: Option<Account>, password: &str) {
        if password.is_empty() {
            self.trouble(&Text::EmptyPassword);
            self.prompt = Prompt::Password { user, account };
            return;
        }
        let identity = Identity::account(&user, password);
        if account == Some(Account::Exists) {
            self.enqueue(Task::SignIn(identity));
            return;
        }
        if account != Some(Account::New) {
            self.answer(&Text::AccountMayBeNew { user: &user });
        }
        self.prompt = Prompt::PasswordAgain { identity, account };
    }

    pub(super) fn on_password_again(
        &mut self,
        identity: Identity,
        account: Option<Account>,
        password: &str,
    ) {
        if identity.password.as_deref() == Some(password) {
            self.enqueue(Task::SignIn(identity));
            return;
        }
        self.trouble(&Text::PasswordsDiffer);
        let user = identity.name;
        self.prompt = Prompt::Password { user, account };
    }

    /// Asks for what may help when the name was not taken, or is lost.
    pub(super) fn expect_after_failure(&mut self, user: &str, refusal: Option<&Refusal>) {
        self.prompt = Prompt::after_failure(user, self.chat.dialect(), refusal);
        if let Prompt::Password { account: None, .. } = self.prompt {
            self.enqueue(Task::LookUpAccount(user.to_owned()));
        }
    }

    pub(super) fn account_looked_up(&mut self, name: &str, looked_up: Account) {
        if let Prompt::Password { user, account } = &mut self.prompt
            && user == name
        {
            *account = Some(looked_up);
            match looked_up {
                Account::New => self.answer(&Text::AccountIsNew { user: name }),
                Account::HeldByGuest => {
                    self.trouble(&Text::HeldByGuest { user: name });
                    self.prompt = Prompt::Name;
                }
                Account::Exists | Account::Unknown => {}
            }
        }
    }
}
