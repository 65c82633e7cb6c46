/** The candidate's page. */
import "../ui/base.css";
