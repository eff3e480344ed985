// The actions of the buttons; keys do the same. The scripts that do them put them here.
board.actions = {};
