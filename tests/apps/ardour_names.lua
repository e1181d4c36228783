-- ardour_names.lua - for ardour's lua: what Ardour calls JACK's ports. A folder for
-- its session, then names of ports.
-- SPDX-License-Identifier: MIT
assert(AudioEngine:set_backend("JACK", "ardour", ""), "no JACK backend")
assert(create_session(arg[1] .. "/session", "session", 48000), "no session")
for i = 2, #arg do
	print(arg[i] .. " is " .. AudioEngine:get_pretty_name_by_name(arg[i]))
end
os.exit(0)
