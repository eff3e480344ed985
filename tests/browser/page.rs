//! The page in a browser: reading it, and using it with the pointer and the keys.

use std::future::Future;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, Ipv6Addr, TcpListener};
use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};
use tempfile::TempDir;
use thirtyfour::error::WebDriverResult;
use thirtyfour::{
    By, ChromiumLikeCapabilities as _, DesiredCapabilities, Key, WebDriver, WebElement,
};

use support::{DEADLINE, Program, runtime};

/// How soon the page is looked at again. It draws what happened within 50 milliseconds.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// How long the details of a call may take to be there, before it is taken for another one that was hit.
const CLICK_AGAIN: Duration = Duration::from_secs(1);

/// A page in a browser of its own. Dropping it closes both.
pub(crate) struct Page {
    /// Taken when it is closed.
    browser: Option<WebDriver>,
    _driver: Program,
    /// Where the browser keeps its files; it leaves some behind.
    _folder: TempDir,
}

impl Page {
    /// Opens an address in a window of this size.
    ///
    /// # Panics
    /// When there is no browser, which these tests are about.
    pub(crate) fn open(address: &str, (width, height): (u32, u32)) -> Self {
        let folder = TempDir::new().unwrap();
        let mut driver = std::process::Command::new("chromedriver");
        let mut driver = Program::start(
            "chromedriver (Debian's packages chromium and chromium-driver)",
            driver
                .arg(format!("--port={}", free_port()))
                .env("TMPDIR", folder.path()),
        );
        driver.wait_for("started successfully on port ");
        let port = driver.next_line();
        let port = port.trim_end_matches('.');
        let mut wanted = DesiredCapabilities::chrome();
        let mut flags = vec![
            "--headless=new".to_owned(),
            // Where a container gives little shared memory, the browser would end in the middle of a test.
            "--disable-dev-shm-usage".to_owned(),
            "--hide-scrollbars".to_owned(),
            // No requests of its own: the page is on this machine.
            "--disable-component-update".to_owned(),
            "--disable-quic".to_owned(),
            format!("--window-size={width},{height}"),
        ];
        if is_root() {
            // Chromium refuses to start as root with its sandbox, and has nothing here but our own page.
            flags.push("--no-sandbox".to_owned());
        }
        for flag in &flags {
            wanted.add_arg(flag).unwrap();
        }
        wanted
            .add_experimental_option("prefs", json!({ "intl.accept_languages": "pt-BR" }))
            .unwrap();
        let server = format!("http://127.0.0.1:{port}");
        let browser = runtime()
            .block_on(WebDriver::new(server, wanted))
            .unwrap_or_else(|error| panic!("no browser: {error}\n{}", driver.report()));
        let page = Self {
            browser: Some(browser),
            _driver: driver,
            _folder: folder,
        };
        page.go_to(address);
        page
    }

    /// Opens another address in the same window.
    #[track_caller]
    pub(crate) fn go_to(&self, address: &str) {
        self.done(self.browser().goto(address));
    }

    /// Gives the window another size.
    #[track_caller]
    pub(crate) fn resize(&self, (width, height): (u32, u32)) {
        self.done(self.browser().set_window_rect(0, 0, width, height));
    }

    fn browser(&self) -> &WebDriver {
        self.browser.as_ref().expect("the browser is open")
    }

    #[track_caller]
    fn done<T>(&self, doing: impl Future<Output = WebDriverResult<T>>) -> T {
        match runtime().block_on(doing) {
            Ok(done) => done,
            Err(error) => panic!("the browser cannot do that: {error}"),
        }
    }

    /// What a script returns, which finds `arguments` under that name.
    #[track_caller]
    pub(crate) fn read(&self, script: &str, arguments: &[Json]) -> Json {
        let returned = self.done(self.browser().execute(script, arguments.to_vec()));
        returned.json().clone()
    }

    /// What a script resolves its promise with, or why it failed: `[true, value]` or `[false, "reason"]`.
    #[track_caller]
    pub(crate) fn settled(&self, script: &str, arguments: &[Json]) -> (bool, Json) {
        let script = format!(
            "const done = arguments[arguments.length - 1];
             (async () => {{ {script} }})().then((value) => done([true, value]), (error) => done([false, String(error)]));"
        );
        let returned = self.done(self.browser().execute_async(script, arguments.to_vec()));
        (returned.json()[0] == true, returned.json()[1].clone())
    }

    /// Waits until a script returns something that is not nothing, and gives it.
    #[track_caller]
    pub(crate) fn until(&self, what: &str, script: &str, arguments: &[Json]) -> Json {
        let began = Instant::now();
        loop {
            let returned = self.read(script, arguments);
            let is_nothing = matches!(&returned, Json::Null | Json::Bool(false)) || returned == "";
            if !is_nothing {
                return returned;
            }
            assert!(
                began.elapsed() < DEADLINE,
                "{what}: not within {DEADLINE:?}; the page shows\n{}",
                self.all_rows().join("\n")
            );
            std::thread::sleep(LOOK_AGAIN);
        }
    }

    /// Waits until there is such an element.
    #[track_caller]
    pub(crate) fn see(&self, selector: &str) {
        self.until(
            selector,
            "return document.querySelector(arguments[0]) !== null",
            &[json!(selector)],
        );
    }

    /// Waits until there are so many such elements.
    #[track_caller]
    pub(crate) fn see_many(&self, selector: &str, count: usize) {
        self.until(
            &format!("{count} of {selector}"),
            "return document.querySelectorAll(arguments[0]).length === arguments[1]",
            &[json!(selector), json!(count)],
        );
    }

    /// Waits until there is such an element with this in its text, and gives the text.
    #[track_caller]
    pub(crate) fn see_text(&self, selector: &str, text: &str) -> String {
        let found = self.until(
            &format!("{selector} with {text:?}"),
            "return [...document.querySelectorAll(arguments[0])].map((one) => one.textContent)
               .find((found) => found.includes(arguments[1]))",
            &[json!(selector), json!(text)],
        );
        found.as_str().unwrap().to_owned()
    }

    /// How many such elements there are now.
    #[track_caller]
    pub(crate) fn count(&self, selector: &str) -> usize {
        let count = self.read(
            "return document.querySelectorAll(arguments[0]).length",
            &[json!(selector)],
        );
        usize::try_from(count.as_u64().unwrap()).unwrap()
    }

    #[track_caller]
    pub(crate) fn texts(&self, selector: &str) -> Vec<String> {
        let texts = self.read(
            "return [...document.querySelectorAll(arguments[0])].map((one) => one.textContent)",
            &[json!(selector)],
        );
        serde_json::from_value(texts).unwrap()
    }

    #[track_caller]
    pub(crate) fn all_rows(&self) -> Vec<String> {
        self.texts("#rows [data-row]")
    }

    /// An attribute of the first such element, which is waited for.
    #[track_caller]
    pub(crate) fn attribute(&self, selector: &str, name: &str) -> String {
        // Looked for and read at once: the element may be drawn anew meanwhile.
        let value = self.until(
            selector,
            "const element = document.querySelector(arguments[0]);
             return element && [element.getAttribute(arguments[1])]",
            &[json!(selector), json!(name)],
        );
        value[0]
            .as_str()
            .unwrap_or_else(|| panic!("{selector} has no {name}"))
            .to_owned()
    }

    /// A style of the first such element as the browser computes it.
    #[track_caller]
    pub(crate) fn style(&self, selector: &str, property: &str) -> String {
        self.see(selector);
        let value = self.read(
            "return getComputedStyle(document.querySelector(arguments[0])).getPropertyValue(arguments[1])",
            &[json!(selector), json!(property)],
        );
        value.as_str().unwrap().to_owned()
    }

    #[track_caller]
    fn element(&self, selector: &str) -> WebElement {
        self.see(selector);
        self.done(self.browser().find(By::Css(selector)))
    }

    /// Clicks where the middle of the first such element is, as with a mouse. The element may be
    /// redrawn meanwhile.
    #[track_caller]
    pub(crate) fn click(&self, selector: &str) {
        let middle = self.until(
            selector,
            "const element = document.querySelector(arguments[0]);
             element?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
             const place = element?.getBoundingClientRect();
             return place?.width > 0 &&
               [place.x + place.width / 2, place.y + place.height / 2].map(Math.round)",
            &[json!(selector)],
        );
        let (x, y) = serde_json::from_value(middle).unwrap();
        let pointer = self.browser().action_chain();
        self.done(pointer.move_to(x, y).click().perform());
    }

    /// Clicks on a call until its details are shown: in a picture that moves on, it may
    /// have left its place while the pointer was on its way.
    #[track_caller]
    pub(crate) fn open_call(&self, call: &str) {
        // The bar of a call that is open has its method and lane as well, and no details.
        let call = &format!("{call}[data-call]");
        let wanted = ["data-serial", "data-call"].map(|name| json!(self.attribute(call, name)));
        // What is chosen, and not what was drawn as chosen last: the pointer may have hit something else since.
        let is_open = "const { dataset } = document.getElementById('details');
            return String(board.view.selected) === arguments[0] && dataset.details === arguments[1]
              && dataset.state === 'here'";
        let began = Instant::now();
        loop {
            self.click(&format!("{call} .d-hit"));
            let clicked = Instant::now();
            while clicked.elapsed() < CLICK_AGAIN {
                if self.read(is_open, &wanted) == true {
                    return;
                }
                std::thread::sleep(LOOK_AGAIN);
            }
            assert!(began.elapsed() < DEADLINE, "{call} cannot be clicked on");
        }
    }

    #[track_caller]
    pub(crate) fn choose(&self, selector: &str, value: &str) {
        let option = self.element(&format!("{selector} option[value='{value}']"));
        self.done(option.click());
    }

    /// Writes into a field, in place of what stands there.
    #[track_caller]
    pub(crate) fn fill(&self, selector: &str, text: &str) {
        let field = self.element(selector);
        self.done(field.clear());
        self.done(field.send_keys(text));
    }

    /// Types a character wherever the keys go.
    #[track_caller]
    pub(crate) fn type_text(&self, text: &str) {
        self.done(self.browser().action_chain().send_keys(text).perform());
    }

    /// Presses a key wherever the keys go.
    #[track_caller]
    pub(crate) fn press(&self, key: Key) {
        self.done(self.browser().action_chain().send_keys(key).perform());
    }

    /// Opens the dialog with the exports if need be, and gives one of them.
    #[track_caller]
    pub(crate) fn export(&self, format: &str) -> String {
        if self.count("#export-dialog[open]") == 0 {
            self.click("#export");
        }
        self.click(&format!("#export-dialog [data-export={format}]"));
        let text = self.until(
            format,
            "return document.querySelector('#export-dialog textarea[data-export-text=\"' + arguments[0] + '\"]')?.value",
            &[json!(format)],
        );
        text.as_str().unwrap().to_owned()
    }

    /// Opens one more tab and goes on in it.
    #[track_caller]
    pub(crate) fn open_tab(&self, address: &str) {
        let tab = self.done(self.browser().new_tab());
        self.done(self.browser().switch_to_window(tab));
        self.go_to(address);
    }

    /// Goes back to the tab that was opened first.
    #[track_caller]
    pub(crate) fn show_first_tab(&self) {
        let tabs = self.done(self.browser().windows());
        self.done(self.browser().switch_to_window(tabs[0].clone()));
    }

    /// Closes the tab that was opened first, and goes on in the next.
    #[track_caller]
    pub(crate) fn close_first_tab(&self) {
        self.show_first_tab();
        self.done(self.browser().close_window());
        self.show_first_tab();
    }

    /// A picture of the window, as PNG.
    pub(crate) fn screenshot(&self) -> Vec<u8> {
        self.done(self.browser().screenshot_as_png())
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        if let Some(browser) = self.browser.take() {
            // A browser that has ended by itself has failed the test already.
            let _ = runtime().block_on(browser.quit());
        }
    }
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// A port that is free in IPv4 and in IPv6: the driver needs it in both. With port 0 it takes one that is free in IPv6,
/// and ends when another program has it in IPv4.
fn free_port() -> u16 {
    loop {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let in_ipv6 = TcpListener::bind((Ipv6Addr::LOCALHOST, port));
        let is_taken = |error: std::io::Error| error.kind() == ErrorKind::AddrInUse;
        if !in_ipv6.is_err_and(is_taken) {
            return port;
        }
    }
}
