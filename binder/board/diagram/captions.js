// The texts beside arrows.
(() => {
  // Characters of arguments and answers; a row has no room for more.
  const MOST = 160;

  // The place of the text among the arguments of a call that sends a message.
  const MESSAGE = 2;

  /** The method of a call; a request that could not be read has none. */
  board.methodOf = (record) =>
    record.method === null ? board.say("unreadable") : board.visible(record.method);

  /** The arguments of a call in its caller's lane, which says who calls: there, that name is left out, unless the
   *  call is about it. */
  function argumentsOf(record, lane) {
    if (record.method === null) {
      return "";
    }
    const isSaid = `user:${record.user}` === lane && !board.isNameRequest(record);
    const own = isSaid ? record.arguments.indexOf(record.user) : -1;
    return `(${board.short(board.argumentsText(record.arguments, own), MOST)})`;
  }

  /** The same where room is short: of a message, its text. */
  function briefArguments(record) {
    const text = board.isSend(record) ? record.arguments[MESSAGE] : undefined;
    return typeof text === "string" ? `(…${board.short(board.argumentsText([text]), MOST)}…)` : null;
  }

  /** The number by which a row can be named aloud, or the first and the last one of its calls. */
  function numberOf(cells) {
    const numbers = cells.map(({ record }) => record.number).filter((number) => number !== null);
    const ends = new Set([Math.min(...numbers), Math.max(...numbers)]);
    return numbers.length > 0 ? [...ends].map((number) => board.number(number)).join("–") : "";
  }

  /** The text above a row's request: `{number, who, strong, values, brief, text, soft}`; where room is short, `values`,
   *  the arguments, are cut, or are as in `brief`. With `named`, it includes the caller. */
  board.requestCaption = (row, named, now) => {
    const cells = [...row.cells.values()];
    if (row.kind === "polls") {
      return pollsCaption(row, cells, named);
    }
    const [{ record, lane }] = cells;
    const number = numberOf(cells);
    if (cells.length > 1) {
      const text = ` · ${board.say("clients", { n: cells.length })}`;
      return { number, strong: board.visible(row.method), text };
    }
    const waits =
      record.end === null
        ? ` · ${board.say("waitingSeconds", { time: board.seconds((now - record.at) / 1_000) })}`
        : "";
    return {
      number,
      who: whoOf(record, lane, named),
      strong: board.methodOf(record),
      values: argumentsOf(record, lane),
      brief: briefArguments(record),
      text: waits,
    };
  };

  /** The caller, where it has to be said; who was guessed is followed by a question mark. */
  function whoOf(record, lane, named) {
    return record.guessed ? `${board.laneName(lane)}?` : named ? board.laneName(lane) : null;
  }

  function pollsCaption(row, cells, named) {
    const count = cells.reduce((sum, cell) => sum + cell.count, 0);
    const waiting = cells.filter(({ record }) => record.end === null).length;
    const repeated = { register_lease: "renewed", unregister_procedure: "otherNames" }[row.method];
    const [{ record, lane }] = cells;
    const isOne = cells.length === 1;
    const parts = [];
    if (count > 0) {
      const times = count > 1 ? `×${board.number(count)}` : "·";
      parts.push(`${times} ${board.say(repeated ?? "nothingNew")}`);
    }
    if (waiting > 0) {
      parts.push(isOne ? board.say("waitingFor") : board.say("waitingSeveral", { n: waiting }));
    }
    if (parts.length === 0 && !isOne) {
      parts.push(`· ${board.say("clients", { n: cells.length })}`);
    }
    return {
      who: isOne ? whoOf(record, lane, named) : null,
      strong: board.visible(row.method),
      values: isOne && count + waiting <= 1 ? argumentsOf(record, lane) : "",
      text: ` ${parts.join(" · ")}`,
      soft: true,
    };
  }

  /** The text above a row's answer: `{number, method, text, brief, place, time, isBad}`; the number and the method
   *  where the request is in another row. Where room is short, `place` is the part of the text that stays, `time` the
   *  first that does not, and `brief`, if there is one, is what is said instead. */
  board.answerCaption = (row) => {
    const cells = [...row.cells.values()];
    const isLate = !row.requests;
    const number = isLate ? numberOf(cells) : "";
    const method = isLate ? `${board.methodOf(cells[0].record)} → ` : "";
    if (cells.length > 1) {
      return {
        number,
        method,
        text: eachText(cells.map(({ record }) => record.end?.items ?? 0)),
        isBad: false,
      };
    }
    const [{ record }] = cells;
    return { ...board.outcomeText(record), number, method };
  };

  /** The number of messages for several clients. */
  function eachText(counts) {
    const [least, most] = [Math.min(...counts), Math.max(...counts)];
    if (most === 1 && least === 1) {
      return board.say("oneMessageEach");
    }
    return least === most
      ? board.say("messagesEach", { n: board.number(most) })
      : board.say("messagesFromTo", { least: board.number(least), most: board.number(most) });
  }

  /** The end of a call in a few words, and whether it is bad; of an answer that has one, the place in the log. */
  board.outcomeText = (record) => {
    const end = record.end;
    if (end === null) {
      return { text: board.say("waitingFor"), isBad: false };
    }
    const time = board.duration(end.milliseconds);
    switch (end.outcome) {
      case "answer":
        return {
          text: [answerText(record, end), placeText(end), time].filter(Boolean).join(" · "),
          place: placeText(end),
          time,
          isBad: false,
        };
      case "fault":
      case "refused":
        return { text: `${faultText(end)} · ${time}`, time, isBad: true };
      case "dropped":
        return { text: droppedText(end), isBad: true };
      case "lost":
        return { text: board.say("lost"), brief: board.say("lostBriefly"), isBad: true };
      default:
        return { text: board.say("unknownEnd"), isBad: true };
    }
  };

  /** The place of what the call changed in the server's log. */
  function placeText({ position, repeated }) {
    if (repeated) {
      return board.say("storedBefore");
    }
    return Number.isFinite(position) ? board.say("place", { n: board.number(position) }) : "";
  }

  function answerText(record, { items, answer }) {
    if (board.isPoll(record) && items !== null) {
      return board.sayCount("oneMessage", "messages", items);
    }
    return board.short(board.visible(answer), MOST);
  }

  function faultText({ fault, outcome }) {
    const parts = [
      outcome === "refused" ? board.say("refused") : "",
      board.say("fault", { code: fault?.code ?? "?" }),
      board.short(board.visible(fault?.text ?? ""), MOST),
    ];
    return parts.filter(Boolean).join(": ");
  }

  function droppedText({ lab }) {
    if (lab === "drop-request") {
      return board.say("requestLost");
    }
    return board.say(lab === "drop-answer" ? "answerLost" : "dropped");
  }

  /** The marks after a row's captions: that it is a repetition, and what the lab did. Each is `{text, short, kind,
   *  isOfAnswer}`: what the lab did belongs to the answer, which leaves the request's arguments more room. Runs of
   *  polls have none. */
  board.marksOf = (row) => {
    const [{ record }] = row.cells.values();
    const lab = record.end?.lab;
    const marks = [
      row.tries > 1
        ? {
            text: board.say("tryNumber", { n: row.tries }),
            short: `${row.tries}×`,
            kind: "d-try",
            isOfAnswer: !row.requests,
          }
        : null,
      lab
        ? {
            text: `${board.say("labMark")} · ${board.actionText(lab)}`,
            short: board.say("labMark"),
            kind: "d-lab",
            isOfAnswer: row.answered,
          }
        : null,
    ];
    return row.kind === "polls" ? [] : marks.filter(Boolean);
  };

  /** All that is written beside a row of calls, for a screen reader. */
  board.rowText = (row, named, now) => {
    const request = row.requests ? board.requestCaption(row, named, now) : {};
    const answer = row.answered ? board.answerCaption(row) : {};
    const [before, after] = [false, true].map((isOfAnswer) =>
      board
        .marksOf(row)
        .filter((mark) => mark.isOfAnswer === isOfAnswer)
        .map(({ text }) => text),
    );
    const parts = [
      request.number,
      request.who,
      `${request.strong ?? ""}${request.values ?? ""}`,
      request.text,
      ...before,
      answer.number,
      `${answer.method ?? ""}${answer.text ?? ""}`,
      ...after,
    ];
    return parts.filter(Boolean).join(" ");
  };

  /** An action in words. */
  board.actionText = (action) =>
    ({
      delay: board.say("actionDelay"),
      fault: board.say("actionFault"),
      "drop-request": board.say("actionDropRequest"),
      "drop-answer": board.say("actionDropAnswer"),
      twice: board.say("actionTwice"),
    })[action] ?? board.visible(action);

  /** A rule in words. */
  board.ruleText = ({ method, action, probability, every, next, client, milliseconds }) => {
    const what = action === "delay" && milliseconds ? ` ${board.duration(milliseconds)}` : "";
    const when = next
      ? board.say("ruleNext")
      : every !== null
        ? board.say("ruleEvery", { n: board.number(every) })
        : `${board.number(100 * (probability ?? 1), 1)} %`;
    const of = client === null ? "" : `, ${board.say("ruleClient", { client: board.visible(client) })}`;
    return `${board.visible(method)}: ${board.actionText(action)}${what}, ${when}${of}`;
  };

  /** The text of a note. */
  board.noteText = (note) => {
    const server = board.server(note.server);
    // By the address that it had then: another port may stand for the server now.
    const name = note.server === "binder" ? board.say("binder") : board.visible(note.server ?? "");
    const kind = server && board.kindOfServer(server) === "service" ? "theService" : "theChatServer";
    const words = { server: name, kind: board.say(kind) };
    switch (note.kind) {
      case "gone":
        return board.say(note.server === "binder" ? "noteBinderGone" : "noteGone", words);
      case "back":
        return board.say(note.server === "binder" ? "noteBinderBack" : "noteBack", words);
      case "restarted":
        return board.say(note.server === "binder" ? "noteBinderRestarted" : "noteRestarted", words);
      case "replaced":
        return board.say(note.server === "binder" ? "noteBinderReplaced" : "noteReplaced", words);
      case "own":
        return board.visible(note.text);
      case "missed":
        return board.say("noteMissed", { n: board.number(note.n), server: name });
      case "rule":
        return board.say(note.isEarlier ? "noteLabEarlier" : "noteLab", { rule: board.ruleText(note.rule) });
      default:
        return board.say("noteLabOff", { method: board.visible(note.method) });
    }
  };
})();
