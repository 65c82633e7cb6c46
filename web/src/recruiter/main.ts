/** The recruiter's page. */
import "../ui/base.css";
