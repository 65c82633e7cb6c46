/** The recruiter's page. */
import { mount } from "svelte";

import "../ui/base.css";
import "./console.css";
import Console from "./Console.svelte";

mount(Console, { target: document.getElementById("page")! });
