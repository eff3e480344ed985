//! The ready-made way: dxr_server's own axum router, typed parameters and typed answers, and no work
//! between them but to copy what is answered.

use anyhow::Context as _;
use dxr::{Fault, TryFromParams as _, Value};
use dxr_server::axum::http::HeaderMap;
use dxr_server::{Handler, HandlerResult, RouteBuilder, async_trait};
use protocol::binder::{Endpoint, LOOKUP_PROCEDURE};
use protocol::classic::Message;
use protocol::classic::procedures::{RECEIVE_NEW_MESSAGES, SEND_MESSAGE};

use super::contestant::Call;
use super::process::Server;
use super::role::{in_role, listen};

/// Starts one that answers `call` with the value in `answer`.
pub(crate) fn start(call: Call, answer: &[u8]) -> anyhow::Result<Server> {
    let name = match call {
        Call::EmptyPoll => "empty-poll",
        Call::PollOfFifty => "poll-of-fifty",
        Call::Send => "send",
        Call::Lookup => "lookup",
    };
    Server::start(in_role(&["plain-dxr", name])?, std::str::from_utf8(answer)?)
}

/// Answers `call` with the value in `answer`.
pub(super) async fn serve(call: Call, answer: &[u8]) -> anyhow::Result<()> {
    let value = rpc::xml::read::answer(answer)?.map_err(|fault| anyhow::anyhow!("{fault}"))?;
    let routes = RouteBuilder::new().set_path("/RPC2");
    let routes = match call {
        Call::EmptyPoll | Call::PollOfFifty => {
            let messages = Message::list_from_value(value)?;
            routes.add_method(RECEIVE_NEW_MESSAGES.name, Box::new(Poll(messages)))
        }
        Call::Send => {
            let text = <String as dxr::TryFromValue>::try_from_value(&value)?;
            routes.add_method(SEND_MESSAGE.name, Box::new(Send(text)))
        }
        Call::Lookup => {
            let endpoint = Endpoint::from_lookup(value)?.context("an answer that is nil")?;
            routes.add_method(LOOKUP_PROCEDURE.name, Box::new(Lookup(endpoint)))
        }
    };
    Ok(axum::serve(listen("dxr_server").await?, routes.build()).await?)
}

struct Poll(Vec<Message>);

#[async_trait]
impl Handler for Poll {
    async fn handle(&self, parameters: &[Value], _: HeaderMap) -> HandlerResult {
        let (_user, _room, _last) = <(String, String, String)>::try_from_params(parameters)?;
        Ok(Value::Array(self.0.iter().map(Message::to_value).collect()))
    }
}

struct Send(String);

#[async_trait]
impl Handler for Send {
    async fn handle(&self, parameters: &[Value], _: HeaderMap) -> HandlerResult {
        let (_user, _room, _text, _recipient) =
            <(String, String, String, String)>::try_from_params(parameters)?;
        Ok(Value::String(self.0.clone()))
    }
}

struct Lookup(Endpoint);

#[async_trait]
impl Handler for Lookup {
    async fn handle(&self, parameters: &[Value], _: HeaderMap) -> HandlerResult {
        let _name = String::try_from_params(parameters).map_err(Fault::from)?;
        Ok(self.0.to_value())
    }
}
