-- ardour.lua - for ardour's lua: records 64 tracks from the system's 64 inputs and
-- plays them to its 64 outputs. Waits for files in the folder of its argument and
-- says in others how far it is.
-- SPDX-License-Identifier: MIT
local folder = arg[1]
local tracks = 64

local function say(what)
	io.open(folder .. "/ardour." .. what, "w"):close()
end

local function is_said(what)
	local file = io.open(folder .. "/ardour." .. what)
	if file then
		file:close()
	end
	return file ~= nil
end

-- wait_for(what): true, or false at the end of all.
local function wait_for(what)
	for _ = 1, 1800 do
		if is_said(what) then
			return true
		elseif is_said("end") then
			return false
		end
		sleep(0.1)
	end
	error("nobody says " .. what)
end

local function check(is_fine, what)
	if not is_fine then
		io.stderr:write("FAIL: " .. what .. "\n")
		os.exit(1)
	end
end

check(AudioEngine:set_backend("JACK", "ardour", ""), "no JACK backend")
-- It connects the tracks itself, in a thread of its own: we must not, as a JACK
-- client is one thread's.
ARDOUR.config():set_input_auto_connect(ARDOUR.AutoConnectOption.AutoConnectPhysical)
ARDOUR.config():set_output_auto_connect(ARDOUR.AutoConnectOption.AutoConnectPhysical)
local session = create_session(folder .. "/session", "session", 48000)
check(session, "no session")

local list = Session:new_audio_track(1, 1, nil, tracks, "",
	ARDOUR.PresentationInfo.max_order, ARDOUR.TrackMode.Normal, true)
check(list:size() == tracks, "there are " .. list:size() .. " tracks")
sleep(2)
for track in list:iter() do
	track:rec_enable_control():set_value(1, PBD.GroupControlDisposition.NoGroup)
end
sleep(1)
say("ready")

wait_for("record")
Session:maybe_enable_record(false)
Session:request_roll(ARDOUR.TransportRequestSource.TRS_UI)
sleep(1)
check(Session:transport_rolling(), "it does not roll")
say("recording")
wait_for("stop")
Session:request_stop(false, false, ARDOUR.TransportRequestSource.TRS_UI)
sleep(2)
say("stopped")

if wait_for("play") then
	for track in list:iter() do
		track:rec_enable_control():set_value(0, PBD.GroupControlDisposition.NoGroup)
	end
	Session:goto_start(false)
	sleep(1)
	Session:request_roll(ARDOUR.TransportRequestSource.TRS_UI)
	sleep(1)
	say("playing")
	wait_for("end")
end
list = nil
session = nil
collectgarbage()
close_session()
quit()
